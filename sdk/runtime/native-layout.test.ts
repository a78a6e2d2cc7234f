// What a server, its native thread's loop in C and the library of kernels know of each other is the same everywhere.
import { readFileSync } from "node:fs";
import test from "ava";
import { errors, events, layouts, limits, operations, syscalls } from "../abi/table.ts";
import { fnv1a } from "../contract/fnv.ts";
import { environment } from "../../tape/native/environment.ts";
import { area, OWNERS_KEY, plan, STORE, words } from "./native-layout.ts";

const text = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

/** Members of an enum in C by name, a multiple of 8 bytes each where they are places. */
function members(list: string): Record<string, number> {
  const found: Record<string, number> = {};
  let next = 0;
  for (const each of list.split(",")) {
    const [name, value] = each.trim().split(" = ");
    next = value === undefined ? next : Number(value);
    found[name!] = next++;
  }
  return found;
}

test("in C: words of the plan and of the area", (t) => {
  const source = text("engine/thread.c");
  const [first, second] = [...source.matchAll(/^enum \{ ([^}]*) \};/gm)].map((m) => members(m[1]!));
  const word = (at: number) => at / 8;
  t.deepEqual(first, {
    ENTRY: word(plan.entry),
    BLOCK: word(plan.block),
    AREA: word(plan.area),
    PORT: word(plan.port),
    COUNT: word(plan.count),
    LETTERS: word(plan.letters),
    ARGUMENTS: word(plan.arguments),
  });
  t.deepEqual(second, {
    DEADLINE: word(area.deadline),
    END: word(area.end),
    CALLS: word(area.calls),
    CALL: word(area.call),
    LAST: word(area.last),
    LAST_BYTES: area.LAST_BYTES,
    VALUES: word(environment.values),
  });
  t.is<number, number>(area.CALL_BYTES, 7 * 8);
  t.true(area.call + area.MOST_CALLS * area.CALL_BYTES <= area.last);
});

test("in Tape: places, types, numbers and ids", (t) => {
  const source = text("../../tape/kernels/thread.tape");
  const found = Object.fromEntries(
    [...source.matchAll(/^(?:pub )?let (\w+)(?:: \w+)? = (\w+);/gm)].map((m) => [
      m[1]!,
      Number(m[2]),
    ]),
  );
  const number = (name: string) => syscalls.find(([each]) => each === name)![1];
  t.deepEqual(found, {
    DEADLINE: area.deadline,
    END: area.end,
    CALLS: area.calls,
    CALL: area.call,
    CALL_BYTES: area.CALL_BYTES,
    MOST_CALLS: area.MOST_CALLS,
    OWNER: area.owner,
    STORE,
    SUBMIT: limits.SUBMIT_OFFSET,
    SUBMIT_END: limits.SUBMIT_OFFSET + limits.SUBMIT_BYTES,
    WAIT: limits.EVENT_OFFSET,
    FIRST: limits.EVENT_OFFSET + layouts.wait.HEADER,
    HEADER: layouts.event.HEADER,
    MOST_PAYLOAD: limits.MESSAGE_BYTES,
    MESSAGE: events.MESSAGE,
    CALLED: events.CALL,
    REPLIED: events.REPLY,
    CLOSED: events.CLOSED,
    INTERRUPT: events.INTERRUPT,
    SEND: operations.SEND,
    QUEUE_FULL: errors.QUEUE_FULL[0] >>> 0,
    FAILED: 2 ** 31,
    HANDLE_CLOSE: number("handle_close"),
    INTERRUPT_ACKNOWLEDGE: number("interrupt_acknowledge"),
    FORWARD: words.FORWARD,
    STOP: words.STOP,
    STOPPED: words.STOPPED,
    TRACED: 1,
    OWNERS_KEY,
  });
  t.is(layouts.event.HEADER, layouts.submission.HEADER);
});

test("ids of messages are those of their names", (t) => {
  for (const [name, id] of Object.entries(words))
    t.is<number, number>(id, fnv1a(name.toLowerCase()), name);
});
