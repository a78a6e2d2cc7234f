export function run(n: i64): i64 {
  let found: i64 = 0;
  const composite = new StaticArray<u8>(65536);
  for (let round: i64 = 0; round < n; round++) {
    memory.fill(changetype<usize>(composite), 0, 65536);
    found = 0;
    for (let i: i64 = 2; i < 65536; i++) {
      if (composite[<i32>i] == 0) {
        found++;
        let k = i * i;
        while (k < 65536) { composite[<i32>k] = 1; k += i; }
      }
    }
  }
  return found;
}
