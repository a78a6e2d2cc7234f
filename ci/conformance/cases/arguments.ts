// Every system call that takes handles, against every wrong handle: none (BAD_HANDLE), of another kind (WRONG_KIND), without its
// rights (NO_RIGHT). The table below says of each call which object it takes and what rights that needs.
import { rights, syscalls } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, refused, test } from "../case.ts";
import { channel } from "../port.ts";
import type { StartFacts } from "../start.ts";
import { type CallName, close, must, restricted, sys, without } from "../system.ts";

interface Taker {
  call: CallName;
  /** which argument the handle is */
  at: number;
  /** makes an object of the right kind; owned by the case unless `lent` */
  object: (facts: StartFacts) => number;
  lent?: boolean;
  /** each alone is needed */
  needs: number[];
  /** the other arguments, valid where they can be without effect */
  rest: number[];
  /** arguments that are handles themselves, by place */
  also?: Record<number, (facts: StartFacts) => number>;
}

const memory = () => must("memory_create", 4096, 0);
const port = () => must("port_create");
const timer = () => must("timer_create");
const endpoint = () => {
  const [near, far] = channel();
  close(far);
  return near;
};
const { USE, MANAGE, READ, WRITE, INFO, MAP, BIND, RECEIVE, DUPLICATE, TRANSFER } = rights;

const takers: Taker[] = [
  { call: "handle_close", at: 0, object: port, needs: [], rest: [] },
  { call: "handle_duplicate", at: 0, object: port, needs: [DUPLICATE], rest: [0, 0, 0] },
  { call: "memory_seal", at: 0, object: memory, needs: [WRITE], rest: [0, 0] },
  {
    call: "memory_seal",
    at: 1,
    object: (f) => f.system,
    lent: true,
    needs: [rights.EXECUTE],
    rest: [0, 0],
    also: { 0: memory },
  },
  { call: "delegate", at: 0, object: timer, needs: [DUPLICATE], rest: [0, 0] },
  { call: "handle_info", at: 0, object: port, needs: [], rest: [] },
  {
    call: "handle_give",
    at: 1,
    object: port,
    needs: [TRANSFER],
    rest: [0, 0, 0],
    also: { 0: (f) => process(f) },
  },
  {
    call: "handle_give",
    at: 0,
    object: process,
    needs: [MANAGE],
    rest: [0, 0, 0],
    also: { 1: port },
  },
  {
    call: "bind",
    at: 0,
    object: endpoint,
    needs: [BIND, RECEIVE],
    rest: [0, 0, 1],
    also: { 1: port },
  },
  { call: "bind", at: 1, object: port, needs: [], rest: [0, 0, 1], also: { 0: endpoint } },
  { call: "timer_set", at: 0, object: timer, needs: [WRITE], rest: [0, -1] },
  { call: "memory_clone", at: 0, object: memory, needs: [READ], rest: [0, 0, 4096, 4096] },
  { call: "memory_map", at: 1, object: memory, needs: [MAP, READ], rest: [0, 0, 0, 0, 4096, 1] },
  {
    call: "memory_map",
    at: 0,
    object: process,
    needs: [MANAGE],
    rest: [0, 0, 0, 0, 4096, 1],
    also: { 1: memory },
  },
  { call: "memory_unmap", at: 0, object: process, needs: [MANAGE], rest: [0, 65536] },
  { call: "memory_info", at: 0, object: memory, needs: [INFO], rest: [] },
  {
    call: "process_create",
    at: 0,
    object: (f) => f.factory,
    lent: true,
    needs: [USE],
    rest: [0, 0, 100, 1],
    also: { 1: (f) => f.budget },
  },
  {
    call: "process_create",
    at: 1,
    object: (f) => f.budget,
    lent: true,
    needs: [USE],
    rest: [0, 0, 100, 1],
    also: { 0: (f) => f.factory },
  },
  { call: "process_start", at: 0, object: process, needs: [MANAGE], rest: [0, 65536, 65536, 0] },
  { call: "process_kill", at: 0, object: process, needs: [MANAGE], rest: [0, 0] },
  { call: "process_info", at: 0, object: process, needs: [INFO], rest: [] },
  {
    call: "budget_create",
    at: 0,
    object: (f) => f.budget,
    lent: true,
    needs: [USE],
    rest: [0, 4096],
  },
  { call: "budget_info", at: 0, object: (f) => f.budget, lent: true, needs: [INFO], rest: [] },
  {
    call: "interrupt_create",
    at: 0,
    object: (f) => f.interrupts,
    lent: true,
    needs: [USE],
    rest: [0, 256],
  },
  { call: "interrupt_acknowledge", at: 0, object: interrupt, needs: [MANAGE], rest: [] },
  { call: "interrupt_message", at: 0, object: interrupt, needs: [INFO], rest: [] },
  {
    call: "io_ports_create",
    at: 0,
    object: (f) => f.ioPorts,
    lent: true,
    needs: [USE],
    rest: [0, 0x80, 1],
  },
  { call: "io_read", at: 0, object: ports, needs: [READ], rest: [0, 0x80, 1] },
  { call: "io_write", at: 0, object: ports, needs: [WRITE], rest: [0, 0x80, 1, 0] },
  {
    call: "device_memory_create",
    at: 0,
    object: (f) => f.deviceMemory,
    lent: true,
    needs: [USE],
    rest: [0, 0xfed0_0000, 4096, 0],
  },
  { call: "dma_create", at: 0, object: (f) => f.dma, lent: true, needs: [USE], rest: [0, 4096] },
  { call: "dma_release", at: 0, object: (f) => f.dma, lent: true, needs: [USE], rest: [0, 0x7777] },
  { call: "log_write", at: 0, object: (f) => f.log, lent: true, needs: [WRITE], rest: [0, 0] },
  { call: "log_read", at: 0, object: (f) => f.log, lent: true, needs: [READ], rest: [0, 0] },
  { call: "system_info", at: 0, object: (f) => f.system, lent: true, needs: [INFO], rest: [] },
  {
    call: "system_control",
    at: 0,
    object: (f) => f.system,
    lent: true,
    needs: [MANAGE],
    rest: [0, 4],
  },
];

function process(facts: StartFacts): number {
  return must("process_create", facts.factory, facts.budget, 100, 1);
}
function interrupt(facts: StartFacts): number {
  return must("interrupt_create", facts.interrupts, 256);
}
/** Port 0x80 (the POST code): nobody else's, and a write does nothing. */
function ports(facts: StartFacts): number {
  return must("io_ports_create", facts.ioPorts, 0x80, 1);
}

/** Runs `f` with a handle of the right kind and the call's other handles, and closes what was made. */
function withObject(
  t: Taker,
  facts: StartFacts,
  f: (args: number[], object: number) => void,
): void {
  const object = t.object(facts);
  const args = [...t.rest];
  const made = t.lent ? [] : [object];
  for (const [place, make] of Object.entries(t.also ?? {})) {
    const other = make(facts);
    args[Number(place)] = other;
    if (other !== facts.factory && other !== facts.budget) made.push(other);
  }
  f(args, object);
  close(...made);
}

/** Numbers that are no handles: never issued, of a slot far away, with a generation of nobody. */
const NO_HANDLES = [16383, 0xffff_ffff, 0x8000_0001];

const nobody = takers.map((t) =>
  test(`${t.call}: argument ${t.at} that is no handle is BAD_HANDLE`, (facts) => {
    withObject(t, facts, (args) => {
      for (const bad of NO_HANDLES) {
        args[t.at] = bad;
        refused(sys(t.call, ...args), "BAD_HANDLE", `${t.call} of ${bad}`);
      }
    });
  }),
);

const kinds = takers
  .filter((t) => !["handle_close", "handle_duplicate", "handle_info", "delegate"].includes(t.call))
  .filter((t) => !(t.call === "handle_give" && t.at === 1))
  .map((t) =>
    test(`${t.call}: argument ${t.at} of another kind is WRONG_KIND`, (facts) => {
      // with every right, so that nothing but the kind is wrong
      const other = t.at === 0 && t.lent ? port() : facts.log;
      withObject(t, facts, (args) => {
        args[t.at] = other;
        refused(sys(t.call, ...args), "WRONG_KIND", t.call);
      });
      if (other !== facts.log) close(other);
    }),
  );

const rightless = takers.flatMap((t) =>
  t.needs.map((right) => {
    const name = Object.entries(rights).find(([, bit]) => bit === right)?.[0];
    return test(`${t.call}: argument ${t.at} without ${name} is NO_RIGHT`, (facts) => {
      withObject(t, facts, (args, object) => {
        const weak = restricted(object, without(right));
        args[t.at] = weak;
        refused(sys(t.call, ...args), "NO_RIGHT", t.call);
        close(weak);
      });
    });
  }),
);

const unknown = [
  test("a number beyond the table is UNKNOWN_CALL", () => {
    for (const n of [syscalls.length, 1000, 2 ** 31, 2 ** 40]) {
      refused(sysNumber(n), "UNKNOWN_CALL", `call ${n}`);
    }
  }),
  test("the table's numbers have no gap and no double", () => {
    const numbers = syscalls.map(([, n]) => n).sort((a, b) => a - b);
    if (!numbers.every((n, i) => n === i)) throw new Error(numbers.join());
  }),
];

function sysNumber(n: number): number {
  return uusi.sys(n);
}

export const argumentCases: Case[] = [...nobody, ...kinds, ...rightless, ...unknown];
