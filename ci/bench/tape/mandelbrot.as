export function run(n: i64): i64 {
  let inside: i64 = 0;
  for (let round: i64 = 0; round < n; round++) {
    for (let py: i64 = 0; py < 128; py++) {
      for (let px: i64 = 0; px < 128; px++) {
        const cx = <f64>px / 64.0 - 1.5;
        const cy = <f64>py / 64.0 - 1.0;
        let x: f64 = 0.0;
        let y: f64 = 0.0;
        let k: i64 = 0;
        while (k < 50 && x * x + y * y < 4.0) {
          const next = x * x - y * y + cx;
          y = 2.0 * x * y + cy;
          x = next;
          k += 1;
        }
        if (k == 50) inside += 1;
      }
    }
  }
  return inside;
}
