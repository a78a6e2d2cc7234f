@inline
function rotate(x: u32, k: u32): u32 { return (x << k) | (x >> (32 - k)); }
export function run(n: i64): i64 {
  const s = new StaticArray<u32>(16);
  for (let i = 0; i < 16; i++) s[i] = <u32>i * 0x9E3779B9;
  for (let round: i64 = 0; round < n; round++) {
    for (let i = 0; i < 4; i++) {
      s[i] = s[i] + s[i + 4];
      s[i + 12] = rotate(s[i + 12] ^ s[i], 16);
      s[i + 8] = s[i + 8] + s[i + 12];
      s[i + 4] = rotate(s[i + 4] ^ s[i + 8], 12);
      s[i] = s[i] + s[i + 4];
      s[i + 12] = rotate(s[i + 12] ^ s[i], 8);
      s[i + 8] = s[i + 8] + s[i + 12];
      s[i + 4] = rotate(s[i + 4] ^ s[i + 8], 7);
    }
  }
  let out: u32 = 0;
  for (let i = 0; i < 16; i++) out = out ^ s[i];
  return <i64>out;
}
