// Two whole stacks with one clock and one wire without delay.

import { deadlinePassed, nextDeadline } from "../deadlines.ts";
import { type Host, arrive, boundHost } from "./host.ts";
import { ManualTurn } from "./manual-turn.ts";

export const A = 0x0a000210;
export const B = 0x0a000211;

/** What a test wires up. */
export interface Wired {
  readonly turn: ManualTurn;
  readonly a: Host;
  readonly b: Host;
  /** Carries frames, and lets timers pass, for a span in milliseconds. */
  pass(span: number): void;
  /** Decides which frames arrive. */
  carry: (frame: Uint8Array, from: Host) => boolean;
}

/** Both hosts hold their addresses. */
export function wiredHosts(): Wired {
  const turn = new ManualTurn();
  const a = boundHost(A, 0x525400000010, turn);
  const b = boundHost(B, 0x525400000011, turn);
  const wired: Wired = { turn, a, b, pass, carry: () => true };
  function pass(span: number): void {
    const end = turn.now + span;
    for (;;) {
      const fromA = a.did.take();
      const fromB = b.did.take();
      for (const frame of fromA) if (wired.carry(frame, a)) arrive(b, frame);
      for (const frame of fromB) if (wired.carry(frame, b)) arrive(a, frame);
      if (fromA.length + fromB.length > 0) continue;
      const next = Math.min(nextDeadline(a.stack), nextDeadline(b.stack));
      if (next > end) break;
      turn.now = Math.max(turn.now, next);
      deadlinePassed(a.stack, turn);
      deadlinePassed(b.stack, turn);
    }
    turn.now = end;
  }
  return wired;
}
