/** Suggestions for misspelt names, by edit distance. */

/** Letters inserted, left out, replaced, or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d = Math.min(d, before[j - 2] + 1);
      next.push(d);
    }
    before = row;
    row = next;
  }
  return row[b.length];
}

/** `did you mean ...?` for the nearest of `known`, or undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 40) return undefined;
  let best: string | undefined;
  // A name of one letter is near to everything, and so to nothing.
  let least = Math.min(name.length, Math.max(1, Math.floor(name.length / 3)) + 1);
  for (const k of known) {
    if (Math.abs(k.length - name.length) >= least) continue;
    const d = distance(name, k);
    if (d < least) [best, least] = [k, d];
  }
  return best === undefined ? undefined : `did you mean \`${best}\`?`;
}
