static i64 place(u32 all, u32 columns, u32 left, u32 right) {
  if (columns == all)
    return 1;
  i64 count = 0;
  u32 free = all & ~(columns | left | right);
  while (free != 0) {
    u32 bit = free & (0 - free);
    free ^= bit;
    count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}
i64 run(i64 n) {
  i64 total = 0;
  for (i64 k = 0; k < n; k++)
    total += place(1023, 0, 0, 0);
  return total;
}
