// Who goes when all places are taken: the connection that has been silent for the longest time.
// Invariant: whoever has asked and is being answered stays, and so does everybody whose silence is shorter than LEAST.

/** A connection, as this sees it. */
export interface Silent {
  /** Since when a request is waited for, in ns since boot; undefined while one is being answered. */
  readonly silentSince: number | undefined;
  /** Ends it. */
  leave(): void;
}

/** A client may take so long between connection and request, ns. */
const LEAST = 1_000_000_000;

/** Ends the connection that has been silent for the longest time; false where none has been so for long enough. */
export function makeRoom(all: readonly Silent[], now: number): boolean {
  let longest: Silent | undefined;
  let since = now - LEAST;
  for (let index = 0; index < all.length; index++) {
    const each = all[index]!;
    const begun = each.silentSince;
    if (begun === undefined || begun > since) continue;
    since = begun;
    longest = each;
  }
  longest?.leave();
  return longest !== undefined;
}
