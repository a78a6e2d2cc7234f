// Refusals of init, gathered by who and what (docs/design.md): counted always, logged at most once in QUIET for each pair.
// Invariant: at most MOST pairs are kept, so that a server that asks for endless names costs nothing.

export const QUIET = 10e9;
const MOST = 200;

/** One kind of refusal. */
export interface Refusal {
  readonly who: string;
  readonly what: string;
  count: number;
  lastLogged: number;
}

/** All that was refused. */
export interface Audit {
  readonly refusals: Refusal[];
}

/** Counts a refusal; true when it should be logged now. */
export function auditRefused(audit: Audit, who: string, what: string, now: number): boolean {
  let refusal = audit.refusals.find((each) => each.who === who && each.what === what);
  if (refusal === undefined) {
    if (audit.refusals.length >= MOST) return false;
    refusal = { who, what, count: 0, lastLogged: -Infinity };
    audit.refusals.push(refusal);
  }
  refusal.count += 1;
  if (now - refusal.lastLogged < QUIET) return false;
  refusal.lastLogged = now;
  return true;
}
