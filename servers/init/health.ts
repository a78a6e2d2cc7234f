// Whether a server still takes its events: which ones init asks, and when silence counts as a hang. A function of what was seen.
// Invariant: one that hangs while somebody waits for it, or that keeps a processor busy, is found within 2 × LOOK + its `answerWithin`,
// any other within a minute more. A server that does nothing is asked once a minute, so that an idle system stays idle.

/** Nanoseconds. */
type Time = number;

/** Between two looks at all servers. */
export const LOOK = 5e9;
/** Processor time that answering a question may take: less than that since the last look is no reason to ask. */
export const STIR = 5e6;
/** Looks between two questions to a server that does nothing. */
export const ROUND = 12;

/** What is known of one run of a server. */
export interface Health {
  /** processor time at the last look, and when that was, -1 never */
  seen: Time;
  lookedAt: Time;
  /** number of the open question, 0 none */
  asked: number;
  askedAt: Time;
  /** number of the last question */
  last: number;
  /** looks since then */
  since: number;
}

/** Of a process that has just been started. */
export function healthy(): Health {
  return { seen: -1, lookedAt: -1, asked: 0, askedAt: 0, last: 0, since: 0 };
}

/** What a look saw: processor time used so far, messages that wait in its queues. */
export interface Seen {
  readonly cpuTime: Time;
  readonly queued: number;
}

/** What to do: `ask` sends the question of that number; `silent` says for how long it has not answered. */
export type Verdict =
  | { readonly kind: "well" }
  | { readonly kind: "ask"; readonly number: number }
  | { readonly kind: "silent"; readonly time: Time };

const WELL: Verdict = { kind: "well" };

/** A look at a running server. `within`: time that it may take to answer, 0 for ever. */
export function look(health: Health, now: Time, within: Time, seen: Seen): Verdict {
  const { cpuTime, queued } = seen;
  const stirred = cpuTime - health.seen >= STIR || health.seen < 0;
  // The clock leapt, or init itself stood still: nobody's silence.
  const late = health.lookedAt < 0 ? 0 : now - health.lookedAt - LOOK;
  if (late > LOOK) health.askedAt += late;
  health.lookedAt = now;
  health.seen = cpuTime;
  if (within === 0) return WELL;
  if (health.asked !== 0) {
    const time = now - health.askedAt;
    // Question or answer may have been lost on the way: one silence alone proves nothing.
    return time >= within ? { kind: "silent", time } : { kind: "ask", number: health.asked };
  }
  health.since += 1;
  if (!stirred && queued === 0 && health.since < ROUND) return WELL;
  health.since = 0;
  health.last += 1;
  health.asked = health.last;
  health.askedAt = now;
  return { kind: "ask", number: health.asked };
}

/** An answer; one to another question than the open one says nothing. */
export function answered(health: Health, number: number): void {
  if (number === health.asked) health.asked = 0;
}
