// Requests followed through several servers: the id under which this process acts now, and who hears of its messages.
// Invariant: without a hook nothing is noted and no id travels; the id is that of whatever caused the present turn.

import type { Reader } from "./channel.ts";

/** What happened to a message. */
export const traceSteps = [
  "calls",
  "sends",
  "got call",
  "got event",
  "replies",
  "got reply",
] as const;
export type TraceStep = (typeof traceSteps)[number];

export interface TraceHook {
  /** Begins a request with this call when no request is followed yet and it is wanted; true when it did. */
  begins(contract: string, method: string): boolean;
  /** `peer`: server, account or service at the other end, "" on a private channel. `fields` are not kept; `secret` ones are not read. */
  note(
    step: TraceStep,
    peer: string,
    contract: string,
    method: string,
    fields: object,
    secret: boolean,
  ): void;
}

/** `tracing.current` and `tracing.hook`, for those who look at them for each message: a variable takes a fifth of a property's instructions. */
export let followed = 0;
export let traceHook: TraceHook | undefined;

export const tracing = {
  /** id of the request that this turn works for, 0 none */
  get current(): number {
    return followed;
  },
  set current(id: number) {
    followed = id;
  },
  get hook(): TraceHook | undefined {
    return traceHook;
  },
  set hook(hook: TraceHook | undefined) {
    traceHook = hook;
  },
};

/** Takes the id off a message that begins with one; false when it does not. */
export function takeTrace(reader: Reader): boolean {
  const { at, end, words } = reader;
  if (end - at < 12 || words[at >> 2] !== TRACED) return false;
  tracing.current = words[(at >> 2) + 1]!;
  reader.at += 8;
  return true;
}

/** First word of a message that carries an id in its second; no method's id is 1 (docs/wire.md). */
export const TRACED = 1;
