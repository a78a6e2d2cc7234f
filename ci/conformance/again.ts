// The end of the first process: it begins anew on its vault (docs/supervision.md). The suite ends itself after its cases, and what it
// finds then are the last cases. Invariant: what it leaves for itself lies in the memory `state`, 32-bit words.
import { protections } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { equal } from "./case.ts";
import { Child } from "./child.ts";
import { step } from "./loop.ts";
import { ascii, asText, call, reply, send } from "./message.ts";
import { channel, TestPort } from "./port.ts";
import type { StartFacts } from "./start.ts";
import { close, code, must, sys } from "./system.ts";

const PAGE = 4096;

/** Words of the memory, and a way to write them. */
function words({ state }: StartFacts): { all: Uint32Array; write(): void } {
  const at = must("memory_map", 0, state, 0, 0, PAGE, protections.READ | protections.WRITE);
  const bytes = new Uint8Array(PAGE);
  uusi.copyOut(at, bytes, 0, PAGE);
  return { all: new Uint32Array(bytes.buffer), write: () => void uusi.copyIn(at, bytes, 0, PAGE) };
}

/** How many times the suite has ended so far. */
export const ends = (facts: StartFacts): number => words(facts).all[0]!;

/** How many cases came before that. */
export const casesBefore = (facts: StartFacts): number => words(facts).all[1]!;

/** Leaves channels with what is queued, memory, an ended child and a call, and ends. */
export async function endHere(facts: StartFacts, from: number): Promise<void> {
  const port = new TestPort();
  const [near, far] = channel();
  const [closed, other] = channel();
  const [caller, callee] = channel();
  const childPort = new TestPort();
  const child = await Child.start(facts, childPort);
  port.bind(closed, 1);
  close(other);
  await port.next("CLOSED", 1); // told, and so is the end of the child
  must("process_kill", child.process, 9);
  await childPort.next("EXIT");
  await port.deliver(send(near, ascii("early")), call(caller, port.handle, 5));
  port.bind(callee, 2);
  const taken = (await port.next("CALL", 2)).reply;
  const memory = must("memory_create", 3 * PAGE, 0);
  const left = words(facts);
  left.all.set([
    1,
    from,
    far,
    closed,
    taken,
    memory,
    child.process,
    facts.all.length,
    ...facts.all,
  ]);
  left.write();
  sys("process_exit", 7);
  await step([], port.handle, -1);
}

/** What the suite finds after its end. */
export function againCases(facts: StartFacts): [string, () => Promise<void>][] {
  const { all } = words(facts);
  const [, , far, closed, taken, memory, child, count] = all as unknown as number[];
  const port = new TestPort();
  return [
    [
      "the first process begins anew with the handles that it had, under their numbers",
      async () => {
        equal(count!, facts.all.length, "handles of START");
        for (let i = 0; i < count!; i++) equal(facts.all[i]!, all[8 + i]!, `handle ${i}`);
        equal(must("memory_info", memory!), 3 * PAGE, "its own memory");
      },
    ],
    [
      "what was queued for it waits",
      async () => {
        port.bind(far!, 3);
        equal(asText((await port.next("MESSAGE", 3)).payload), "early", "the message");
      },
    ],
    [
      "ends that were told are told to it again",
      async () => {
        port.bind(closed!, 4);
        await port.next("CLOSED", 4);
        port.bind(child!, 5);
        equal((await port.next("EXIT", 5)).status, 9, "the child's code");
        await port.quiet();
      },
    ],
    [
      "calls of the one that ended are over: their replies fail",
      async () => {
        const [status] = await port.submit(reply(taken!));
        equal(status!, code("PEER_CLOSED"), "the reply");
      },
    ],
  ];
}

/** How many they are. */
export const AGAIN = 4;
