function advance(b, dt) {
  for (let i = 0; i < b.length; i++) {
    const p = b[i];
    for (let j = i + 1; j < b.length; j++) {
      const q = b[j];
      const dx = p.x - q.x;
      const dy = p.y - q.y;
      const dz = p.z - q.z;
      const d2 = dx * dx + dy * dy + dz * dz;
      const mag = dt / (d2 * Math.sqrt(d2));
      p.vx -= dx * q.mass * mag;
      p.vy -= dy * q.mass * mag;
      p.vz -= dz * q.mass * mag;
      q.vx += dx * p.mass * mag;
      q.vy += dy * p.mass * mag;
      q.vz += dz * p.mass * mag;
    }
  }
  for (const p of b) {
    p.x += dt * p.vx;
    p.y += dt * p.vy;
    p.z += dt * p.vz;
  }
}
export function run(n) {
  const b = [];
  for (let k = 0; k < 5; k++)
    b.push({
      x: k * 4.5,
      y: 3 - k,
      z: k / 3,
      vx: 0.1 * k,
      vy: 0.2,
      vz: 0.05 * k,
      mass: 1 / (k + 1),
    });
  for (let k = 0; k < n; k++) advance(b, 0.001);
  let e = 0;
  for (const p of b) e += p.x * 3 + p.y * 5 + p.z;
  return Math.trunc(e * 1000000);
}
