function place(all, columns, left, right) {
  if (columns === all) return 1;
  let count = 0;
  let free = all & ~(columns | left | right);
  while (free !== 0) {
    const bit = free & -free;
    free ^= bit;
    count += place(all, columns | bit, (left | bit) << 1, (right | bit) >>> 1);
  }
  return count;
}
export function run(n) {
  let total = 0;
  for (let k = 0; k < n; k++) total += place(1023, 0, 0, 0);
  return total;
}
