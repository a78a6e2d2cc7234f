export function run(n) {
  let inside = 0;
  for (let round = 0; round < n; round++)
    for (let py = 0; py < 128; py++)
      for (let px = 0; px < 128; px++) {
        const cx = px / 64 - 1.5;
        const cy = py / 64 - 1;
        let x = 0;
        let y = 0;
        let k = 0;
        while (k < 50 && x * x + y * y < 4) {
          const next = x * x - y * y + cx;
          y = 2 * x * y + cy;
          x = next;
          k++;
        }
        if (k === 50) inside++;
      }
  return inside;
}
