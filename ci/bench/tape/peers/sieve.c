u8 composite[65536];
i64 run(i64 n) {
  i64 found = 0;
  for (i64 round = 0; round < n; round++) {
    memset(composite, 0, sizeof composite);
    found = 0;
    for (i64 i = 2; i < 65536; i++)
      if (!composite[i]) {
        found++;
        for (i64 k = i * i; k < 65536; k += i)
          composite[k] = 1;
      }
  }
  return found;
}
