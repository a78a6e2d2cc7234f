// The stack's one timer: when it wants to be called next, and what it does then.
//
// Invariant: after `deadlinePassed` the next deadline is later than `turn.now`, unless packets still
// wait in the loop.

import { watchDeadline } from "./address-conflict.ts";
import { announceAddress, probeAddress } from "./announce.ts";
import { runDhcp } from "./dhcp-run.ts";
import { linkDeadline } from "./link.ts";
import { neighbourDeadline } from "./neighbours.ts";
import { pingDeadline, takeOverdue } from "./ping.ts";
import { drainLoopback, fragmentTimers } from "./receive.ts";
import type { Stack } from "./stack.ts";
import { tcpTimers } from "./tcp-operation.ts";
import type { Turn } from "./turn.ts";
import { eachWire } from "./wires.ts";

/** When to call `deadlinePassed` (milliseconds), or NEVER. Ask again after every event. */
export function nextDeadline(stack: Stack): number {
  if (stack.loopback.length > 0) return 0;
  let deadline = stack.dhcp.deadline;
  const { wires } = stack;
  for (let index = 0; index < wires.length; index++) {
    const { neighbours, watch, dhcp, link } = wires[index];
    if (neighbours.deadline < deadline) deadline = neighbours.deadline;
    if (watch.deadline < deadline) deadline = watch.deadline;
    if (link.cutUntil < deadline) deadline = link.cutUntil;
    if (link.wire !== stack.link.wire && dhcp.deadline < deadline) deadline = dhcp.deadline;
  }
  if (stack.tcp.deadline < deadline) deadline = stack.tcp.deadline;
  if (stack.fragments.deadline < deadline) deadline = stack.fragments.deadline;
  if (stack.pings.open.length > 0) {
    const ping = pingDeadline(stack.pings);
    if (ping < deadline) deadline = ping;
  }
  return deadline;
}

/** Does what is due; an early call does nothing. */
export function deadlinePassed(stack: Stack, turn: Turn): void {
  eachWire(stack, () => {
    linkDeadline(stack, turn);
    const action = watchDeadline(stack.watch, turn);
    if (action === "probe") probeAddress(stack);
    else if (action === "announce") announceAddress(stack);
    neighbourDeadline(stack.neighbours, turn.now, stack.neighbourEffects);
    if (turn.now >= stack.dhcp.deadline) runDhcp(stack, turn, { kind: "deadline" });
  });
  const overdue = takeOverdue(stack.pings, turn.now);
  for (let index = 0; index < overdue.length; index++) {
    const ping = overdue[index];
    stack.effects.pingEnded({
      token: ping.token,
      outcome: "timeout",
      source: 0,
      milliseconds: turn.now - ping.sentAt,
      timeToLive: 0,
      length: 0,
    });
  }
  if (turn.now >= stack.fragments.deadline) fragmentTimers(stack, turn);
  tcpTimers(stack, turn);
  drainLoopback(stack, turn);
}
