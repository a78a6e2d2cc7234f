const a = (i, j) => 1 / (Math.trunc(((i + j) * (i + j + 1)) / 2) + i + 1);
function times(v, out, transposed) {
  for (let i = 0; i < 100; i++) {
    let sum = 0;
    for (let j = 0; j < 100; j++) sum += (transposed ? a(j, i) : a(i, j)) * v[j];
    out[i] = sum;
  }
}
export function run(n) {
  const u = new Float64Array(100);
  const t = new Float64Array(100);
  for (let k = 0; k < n; k++) {
    u.fill(1);
    times(u, t, false);
    times(t, u, true);
  }
  let sum = 0;
  for (const x of u) sum += x;
  return Math.trunc(sum * 1000);
}
