double a[4096], b[4096], c[4096];
i64 run(i64 n) {
  for (int i = 0; i < 4096; i++) {
    a[i] = i % 7;
    b[i] = i % 5;
  }
  for (i64 round = 0; round < n; round++) {
    keep();
    for (int i = 0; i < 64; i++)
      for (int j = 0; j < 64; j++) {
        double sum = 0;
        for (int k = 0; k < 64; k++)
          sum += a[i * 64 + k] * b[k * 64 + j];
        c[i * 64 + j] = sum;
      }
  }
  double total = 0;
  for (int i = 0; i < 4096; i++)
    total += c[i];
  return (i64)total;
}
