function place(all: u32, columns: u32, left: u32, right: u32): i64 {
  if (columns == all) return 1;
  let count: i64 = 0;
  let free = all & ~(columns | left | right);
  while (free != 0) {
    const bit = free & (0 - free);
    free = free ^ bit;
    count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}
export function run(n: i64): i64 {
  let total: i64 = 0;
  for (let round: i64 = 0; round < n; round++) total += place(1023, 0, 0, 0);
  return total;
}
