export function run(n) {
  let found = 0;
  const composite = new Uint8Array(65536);
  for (let round = 0; round < n; round++) {
    composite.fill(0);
    found = 0;
    for (let i = 2; i < 65536; i++)
      if (composite[i] === 0) {
        found++;
        for (let k = i * i; k < 65536; k += i) composite[k] = 1;
      }
  }
  return found;
}
