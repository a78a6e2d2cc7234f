export function run(n: i64): i64 {
  const a = new StaticArray<f64>(4096);
  const b = new StaticArray<f64>(4096);
  const c = new StaticArray<f64>(4096);
  for (let i = 0; i < 4096; i++) { a[i] = <f64>(i % 7); b[i] = <f64>(i % 5); }
  for (let round: i64 = 0; round < n; round++) {
    for (let i = 0; i < 64; i++) {
      for (let j = 0; j < 64; j++) {
        let sum: f64 = 0.0;
        for (let k = 0; k < 64; k++) sum += a[i * 64 + k] * b[k * 64 + j];
        c[i * 64 + j] = sum;
      }
    }
  }
  let total: f64 = 0.0;
  for (let i = 0; i < 4096; i++) total += c[i];
  return <i64>total;
}
