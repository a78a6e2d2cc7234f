// The network card comes and goes.
//
// Invariant: without a link there is no lease; each link that comes up begins a new acquisition, the
// first without RFC 2131's start delay, and so every one that comes 10 s or more after the last.

import { runDhcp } from "./dhcp-run.ts";
import type { Stack } from "./stack.ts";
import type { Turn } from "./turn.ts";

const FLAPPING_MS = 10_000;

/** The driver reports the card's state; `mac` is a station's address. A repeated report changes nothing. */
export function linkChanged(stack: Stack, turn: Turn, up: boolean, mac: number): void {
  const link = stack.link;
  if (link.up === up && link.mac === mac) return;
  if (link.up) {
    runDhcp(stack, turn, { kind: "stop" });
    link.up = false;
  }
  link.mac = mac;
  if (!up) return;
  link.up = true;
  const delay = turn.now - link.startedAt < FLAPPING_MS;
  link.startedAt = turn.now;
  runDhcp(stack, turn, { kind: "start", mac, delay });
}
