// Log, system facts, clock.
import { controls, layouts, limits } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { ascii, asText } from "../message.ts";
import { must, second, sys } from "../system.ts";

const view = new DataView(uusi.buffer);
const scratch = new Uint8Array(uusi.buffer, 0, limits.SCRATCH_BYTES);

/** Reads the log from `position` to its end. */
function readLog(log: number, from: number): { text: string; next: number } {
  let text = "";
  let position = from;
  for (;;) {
    const bytes = must("log_read", log, position);
    position = second();
    if (bytes === 0) return { text, next: position };
    text += asText(scratch.slice(0, bytes));
  }
}

function freePages(system: number): number {
  must("system_control", system, controls.RECLAIM);
  must("system_info", system);
  return view.getUint32(layouts.systemInfo.freePages, true);
}

export const systemCases: Case[] = [
  test("what is written to the log is read from it", (facts) => {
    const { next } = readLog(facts.log, 0);
    const text = "# a line for the log\n";
    scratch.set(ascii(text));
    must("log_write", facts.log, text.length);
    equal(readLog(facts.log, next).text, text, "the text");
  }),
  test("the log's end gives nothing", (facts) => {
    const { next } = readLog(facts.log, 0);
    equal([must("log_read", facts.log, next), second()], [0, next], "bytes, position");
  }),
  test("more than scratch is TOO_LARGE", (facts) => {
    refused(sys("log_write", facts.log, limits.SCRATCH_BYTES + 1), "TOO_LARGE", "4,097 bytes");
  }),
  test("system_info: processors, memory, processes", (facts) => {
    must("system_info", facts.system);
    const l = layouts.systemInfo;
    const free = view.getUint32(l.freePages, true);
    const total = view.getUint32(l.totalPages, true);
    is(view.getUint32(l.cpus, true) >= 1, "a processor");
    is(free > 0 && free <= total, "free pages are some of all");
    equal(view.getUint32(l.processes, true), 2, "processes: this one and the one for contracts");
  }),
  test("system_control of an unknown operation is BAD_ARGUMENT", (facts) => {
    for (const operation of [0, 6, 1000]) {
      refused(
        sys("system_control", facts.system, operation),
        "BAD_ARGUMENT",
        `operation ${operation}`,
      );
    }
  }),
  test("reclaimed, equal states have equal free pages", (facts) => {
    const before = freePages(facts.system);
    const ports: number[] = [];
    for (let i = 0; i < 400; i++) ports.push(must("port_create"));
    is(freePages(facts.system) < before, "pages are used");
    for (const port of ports) must("handle_close", port);
    equal(freePages(facts.system), before, "free pages");
  }),
  test("the clock does not stand still for ever, nor run backwards", () => {
    let last = sys("clock");
    for (let i = 0; i < 100; i++) {
      const now = sys("clock");
      is(now >= last, "forward");
      last = now;
    }
  }),
];
