// Whether another host uses our address (RFC 5227), watched while the address is already in use.
//
// Invariant: a fresh address is probed three times, then announced twice; one conflict afterwards is
// answered by an announcement, a second one within 10 s ends the address. RFC 5227 would probe first
// and use it later; here it is used from the server's ACK on, and a conflict still ends it.

import { NEVER, type Turn, randomBetween } from "./turn.ts";

/** How far the watch has come. */
export interface ConflictWatch {
  probesLeft: number;
  announcementsLeft: number;
  /** When the next packet is due, in milliseconds, or NEVER. */
  deadline: number;
  /** When a conflict was last answered (milliseconds). */
  defendedAt: number;
}

/** What to send when the deadline has come. */
export type WatchAction = "probe" | "announce";

const PROBES = 3;
const PROBE_MIN_MS = 1_000;
const PROBE_MAX_MS = 2_000;
const ANNOUNCEMENTS = 2;
const ANNOUNCE_WAIT_MS = 2_000;
const DEFEND_INTERVAL_MS = 10_000;

/** A watch that is off. */
export function createConflictWatch(): ConflictWatch {
  return { probesLeft: 0, announcementsLeft: 0, deadline: NEVER, defendedAt: -NEVER };
}

/** Begins to watch a fresh address: the first probe is due at once. */
export function startWatch(watch: ConflictWatch, now: number): void {
  watch.probesLeft = PROBES;
  watch.announcementsLeft = ANNOUNCEMENTS;
  watch.deadline = now;
  watch.defendedAt = -NEVER;
}

/** Ends the watch, because the address is gone. */
export function stopWatch(watch: ConflictWatch): void {
  watch.probesLeft = 0;
  watch.announcementsLeft = 0;
  watch.deadline = NEVER;
}

/** What is due now, if anything. */
export function watchDeadline(watch: ConflictWatch, turn: Turn): WatchAction | undefined {
  if (turn.now < watch.deadline) return undefined;
  if (watch.probesLeft > 0) {
    watch.probesLeft -= 1;
    const pause =
      watch.probesLeft > 0 ? randomBetween(turn, PROBE_MIN_MS, PROBE_MAX_MS) : ANNOUNCE_WAIT_MS;
    watch.deadline = turn.now + pause;
    return "probe";
  }
  watch.announcementsLeft -= 1;
  watch.deadline = watch.announcementsLeft > 0 ? turn.now + ANNOUNCE_WAIT_MS : NEVER;
  return "announce";
}

/** Another station claims the address: whether to defend it or to give it up. */
export function conflictSeen(watch: ConflictWatch, now: number): "defend" | "give-up" {
  if (watch.probesLeft > 0 || watch.announcementsLeft === ANNOUNCEMENTS) return "give-up";
  if (now - watch.defendedAt < DEFEND_INTERVAL_MS) return "give-up";
  watch.defendedAt = now;
  return "defend";
}
