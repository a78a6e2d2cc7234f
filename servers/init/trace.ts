// Requests followed through all servers (docs/trace.md): who is told to begin and stop, and the steps that came.
// Invariant: a trace ends by itself; at most MOST steps are kept, the first ones, and the rest is counted.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { startTrace, stopTrace, type TraceNote } from "../../sdk/runtime/trace.ts";
import { after } from "../../sdk/runtime/timers.ts";
import type { SystemState } from "./system-state.ts";

const MOST = 600;
/** Steps in one answer: 6 × at most 600 bytes. */
const PAGE = 6;
const LONGEST = 60e9;
/** Ids of one process: each has as many. */
const IDS = 2 ** 20;
const TEXT = 240;

/** A step, and whose. */
export interface Step extends TraceNote {
  readonly server: string;
}

/** The last trace. */
export interface Trace {
  running: boolean;
  steps: Step[];
  /** steps that did not fit */
  lost: number;
}

/** A step of a server's; its texts are kept short. */
export function traced(trace: Trace, server: string, note: TraceNote): void {
  if (!trace.running) return;
  if (trace.steps.length === MOST) {
    trace.lost += 1;
    return;
  }
  const { peer, contract, method, text } = note;
  trace.steps.push({
    ...note,
    server,
    peer: peer.slice(0, 40),
    contract: contract.slice(0, 40),
    method: method.slice(0, 40),
    text: text.slice(0, TEXT),
  });
}

/** Begins a trace of `time` ns. */
export function beginTrace(
  system: SystemState,
  wanted: string,
  time: number,
): Failure | Record<string, never> {
  const { trace, servers } = system;
  if (!/^[a-z][a-z0-9-]*(\.[A-Za-z][A-Za-z0-9]*)?$/.test(wanted))
    return refuse(failures.INVALID, `\`${wanted}\` is no contract and no contract.method`);
  if (trace.running) return refuse(failures.BUSY, "another trace runs; try again when it is over");
  trace.running = true;
  trace.steps = [];
  trace.lost = 0;
  startTrace(wanted, 0, (note) => traced(trace, "init", note));
  servers.forEach(({ peer }, index) => peer?.send.trace({ wanted, base: (index + 1) * IDS }));
  after(Math.min(time, LONGEST), () => {
    trace.running = false;
    stopTrace();
    for (const { peer } of servers) peer?.send.trace({ wanted: "", base: 0 });
  });
  return {};
}

/** Steps from place `from` on, in the order in which they came. */
export function tracePiece({ steps, running, lost }: Trace, from: number) {
  const end = from + PAGE;
  return { steps: steps.slice(from, end), more: end < steps.length, running, lost };
}
