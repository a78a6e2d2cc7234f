static double a(i64 i, i64 j) { return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1); }
static void times(const double *v, double *out, int transposed) {
  for (i64 i = 0; i < 100; i++) {
    double sum = 0;
    for (i64 j = 0; j < 100; j++)
      sum += (transposed ? a(j, i) : a(i, j)) * v[j];
    out[i] = sum;
  }
}
i64 run(i64 n) {
  double u[100], t[100];
  for (i64 k = 0; k < n; k++) {
    keep();
    for (int i = 0; i < 100; i++)
      u[i] = 1;
    times(u, t, 0);
    times(t, u, 1);
  }
  double sum = 0;
  for (int i = 0; i < 100; i++)
    sum += u[i];
  return (i64)(sum * 1000.0);
}
