// A token bucket: how many times something may happen, on average and at once.
//
// Invariant: 0 <= tokens <= burst; time that goes backwards adds nothing.

/** The bucket; `perSecond` and `burst` are above 0. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
  tokens: number;
  /** When `tokens` was right, in milliseconds. */
  updatedAt: number;
}

/** A full bucket. */
export function createRateLimit(perSecond: number, burst: number): RateLimit {
  return { perSecond, burst, tokens: burst, updatedAt: 0 };
}

/** Takes one token; false when none is left at `now` (milliseconds). */
export function takeToken(limit: RateLimit, now: number): boolean {
  const elapsed = now - limit.updatedAt;
  if (elapsed > 0) {
    const tokens = limit.tokens + (elapsed * limit.perSecond) / 1000;
    limit.tokens = Math.min(tokens, limit.burst);
    limit.updatedAt = now;
  }
  if (limit.tokens < 1) return false;
  limit.tokens -= 1;
  return true;
}
