/**
 * Work that can stop and go on: a generator that tells, between two of its parts, how much it has done since the last time.
 *
 * Invariant: what is half done is reachable from the generator alone, so that several of them may be under way at once.
 */

/** Yields characters of source that were gone through; returns the result. */
export type Steps<R> = Generator<number, R, void>;

/** All of it at once. */
export function wholly<R>(steps: Steps<R>): R {
  for (let next = steps.next(); ; next = steps.next()) if (next.done === true) return next.value;
}

/** Does it in turns. @param most characters of one turn; a part that is longer has one of its own @param turn resolves in the next one */
export async function inTurns<R>(
  steps: Steps<R>,
  most: number,
  turn: () => Promise<void>,
): Promise<R> {
  let done = 0;
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done === true) return next.value;
    done += next.value;
    if (done < most) continue;
    done = 0;
    await turn();
  }
}
