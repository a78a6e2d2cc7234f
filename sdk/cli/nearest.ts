// The name that was meant, of a mistyped one.

/** Letters that may differ. */
const MOST = 2;

/** The known name with the fewest other letters, at most MOST and fewer than it has; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.min(MOST, name.length - 1);
  for (const each of known) {
    const other = distance(each, name);
    if (other > least || (best !== undefined && other === least)) continue;
    best = each;
    least = other;
  }
  return best;
}

/** How many letters must be added, taken away or changed to make one word of another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change));
    }
    row = next;
  }
  return row[b.length]!;
}
