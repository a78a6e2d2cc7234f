i64 run(i64 n) {
  i64 inside = 0;
  for (i64 round = 0; round < n; round++)
    for (i64 py = 0; py < 128; py++)
      for (i64 px = 0; px < 128; px++) {
        double cx = (double)px / 64.0 - 1.5, cy = (double)py / 64.0 - 1.0, x = 0, y = 0;
        i64 k = 0;
        while (k < 50 && x * x + y * y < 4.0) {
          double next = x * x - y * y + cx;
          y = 2.0 * x * y + cy;
          x = next;
          k++;
        }
        if (k == 50)
          inside++;
      }
  return inside;
}
