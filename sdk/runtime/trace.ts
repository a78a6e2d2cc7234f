// This process's part in following requests (docs/trace.md): what it does for one is told to init, step by step, until init says stop.
// Invariant: the telling itself is not followed; at most MOST steps are told, and no field of a message that holds a secret.
import { Failure } from "../contract/failure.ts";
import { type TraceHook, type TraceStep, tracing } from "../contract/tracing.ts";
import { turnTime } from "./turn-time.ts";

/** Steps of one trace. */
const MOST = 2000;
/** Characters of a step's fields, and of a string among them. */
const TEXT = 200;
const STRING = 60;

/** One step, as it is told. */
export interface TraceNote {
  readonly trace: number;
  readonly time: number;
  readonly step: TraceStep;
  readonly peer: string;
  readonly contract: string;
  readonly method: string;
  readonly text: string;
}

/** Fields as text for people: handles are numbers, bytes are counted, what is long is cut. */
export function traceText(fields: object): string {
  if (fields instanceof Failure) return `failed: ${fields.sentence.slice(0, TEXT)}`;
  const text = JSON.stringify(fields, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    if (typeof value === "string" && value.length > STRING) return `${value.slice(0, STRING)}...`;
    return value;
  });
  return text.length > TEXT ? `${text.slice(0, TEXT)}...` : text;
}

/**
 * Begins. `wanted`: a contract, or `contract.method`, whose calls begin a request; `base`: this process's ids are above it; `tell` gets
 * each step, in the turn in which it happens.
 */
export function startTrace(wanted: string, base: number, tell: (note: TraceNote) => void): void {
  let ids = 0;
  let told = 0;
  const hook: TraceHook = {
    begins(contract, method) {
      if (tracing.current !== 0) return false;
      if (wanted !== contract && wanted !== `${contract}.${method}`) return false;
      tracing.current = base + ++ids;
      return true;
    },
    note(step, peer, contract, method, fields, secret) {
      const trace = tracing.current;
      // What goes between this process and init about the trace would never end.
      if (trace === 0 || contract === "bootstrap" || told === MOST) return;
      told++;
      tracing.current = 0;
      const text = secret ? "(secret)" : traceText(fields);
      tell({ trace, time: turnTime.now, step, peer, contract, method, text });
      tracing.current = trace;
    },
  };
  tracing.hook = hook;
}

/** Ends it. */
export function stopTrace(): void {
  tracing.hook = undefined;
  tracing.current = 0;
}
