struct body {
  double x, y, z, vx, vy, vz, mass;
};
static void advance(struct body *b, int count, double dt) {
  for (int i = 0; i < count; i++) {
    struct body *p = &b[i];
    for (int j = i + 1; j < count; j++) {
      struct body *q = &b[j];
      double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
      double d2 = dx * dx + dy * dy + dz * dz;
      double mag = dt / (d2 * sqrt(d2));
      p->vx -= dx * q->mass * mag;
      p->vy -= dy * q->mass * mag;
      p->vz -= dz * q->mass * mag;
      q->vx += dx * p->mass * mag;
      q->vy += dy * p->mass * mag;
      q->vz += dz * p->mass * mag;
    }
  }
  for (int i = 0; i < count; i++) {
    b[i].x += dt * b[i].vx;
    b[i].y += dt * b[i].vy;
    b[i].z += dt * b[i].vz;
  }
}
i64 run(i64 n) {
  struct body b[5];
  for (int i = 0; i < 5; i++) {
    double k = i;
    b[i] = (struct body){k * 4.5, 3.0 - k, k / 3.0, 0.1 * k, 0.2, 0.05 * k, 1.0 / (k + 1.0)};
  }
  for (i64 k = 0; k < n; k++)
    advance(b, 5, 0.001);
  double e = 0;
  for (int i = 0; i < 5; i++)
    e += b[i].x * 3.0 + b[i].y * 5.0 + b[i].z;
  return (i64)(e * 1000000.0);
}
