static i64 flip(i64 n) {
  i64 perm[16] = {0}, perm1[16] = {0}, counts[16] = {0};
  for (i64 i = 0; i < n; i++)
    perm1[i] = i;
  i64 checksum = 0, most = 0, r = n;
  int even = 1;
  for (;;) {
    while (r != 1) {
      counts[r - 1] = r;
      r--;
    }
    for (i64 i = 0; i < n; i++)
      perm[i] = perm1[i];
    i64 flips = 0, k = perm[0];
    while (k != 0) {
      i64 i = 0, j = k;
      while (i < j) {
        i64 t = perm[i];
        perm[i] = perm[j];
        perm[j] = t;
        i++;
        j--;
      }
      flips++;
      k = perm[0];
    }
    if (flips > most)
      most = flips;
    checksum += even ? flips : -flips;
    for (;;) {
      if (r == n)
        return checksum * 100 + most;
      i64 first = perm1[0];
      for (i64 i = 0; i < r; i++)
        perm1[i] = perm1[i + 1];
      perm1[r] = first;
      if (--counts[r] > 0)
        break;
      r++;
    }
    even = !even;
  }
}
i64 run(i64 n) {
  i64 total = 0;
  for (i64 k = 0; k < n; k++)
    total += flip(8);
  return total;
}
