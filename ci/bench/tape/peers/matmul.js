export function run(n) {
  const a = new Float64Array(4096);
  const b = new Float64Array(4096);
  const c = new Float64Array(4096);
  for (let i = 0; i < 4096; i++) {
    a[i] = i % 7;
    b[i] = i % 5;
  }
  for (let round = 0; round < n; round++)
    for (let i = 0; i < 64; i++)
      for (let j = 0; j < 64; j++) {
        let sum = 0;
        for (let k = 0; k < 64; k++) sum += a[i * 64 + k] * b[k * 64 + j];
        c[i * 64 + j] = sum;
      }
  let total = 0;
  for (const x of c) total += x;
  return total;
}
