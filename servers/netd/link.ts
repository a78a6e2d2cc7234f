// The network card comes and goes.
//
// Invariant: without a link nothing is sent, and after CUT_MS without one there is no lease. A link that comes back before goes on with it
// and asks whoever serves the wire now whether the address still holds; any other begins a new acquisition, the first without RFC 2131's
// start delay, and so every one that comes 10 s or more after the last.

import { runDhcp } from "./dhcp-run.ts";
import type { Stack } from "./stack.ts";
import { NEVER, type Turn } from "./turn.ts";

const FLAPPING_MS = 10_000;
/** So long a cable may be out without an end of what goes through it. */
export const CUT_MS = 10_000;

/** The driver of the chosen wire reports the card's state; `mac` is a station's address. A repeated report changes nothing. */
export function linkChanged(stack: Stack, turn: Turn, up: boolean, mac: number): void {
  const link = stack.link;
  if (link.up === up && link.mac === mac) return;
  // Another card has nothing of this one's.
  if (link.mac !== mac && link.mac !== 0) takeAway(stack, turn);
  link.mac = mac;
  if (!up) {
    if (!link.up) return;
    link.up = false;
    if (stack.local.address === 0) takeAway(stack, turn);
    else link.cutUntil = turn.now + CUT_MS;
    return;
  }
  link.up = true;
  link.cutUntil = NEVER;
  if (stack.local.address !== 0) {
    runDhcp(stack, turn, { kind: "check" });
    return;
  }
  const delay = turn.now - link.startedAt < FLAPPING_MS;
  link.startedAt = turn.now;
  runDhcp(stack, turn, { kind: "start", mac, delay });
}

/** The chosen wire's link has been away for too long, where that is so. */
export function linkDeadline(stack: Stack, turn: Turn): void {
  if (turn.now >= stack.link.cutUntil) takeAway(stack, turn);
}

function takeAway(stack: Stack, turn: Turn): void {
  stack.link.up = false;
  stack.link.cutUntil = NEVER;
  runDhcp(stack, turn, { kind: "stop" });
}
