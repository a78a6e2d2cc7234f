const rotate = (x, k) => (x << k) | (x >>> (32 - k));
export function run(n) {
  const s = new Uint32Array(16);
  for (let i = 0; i < 16; i++) s[i] = Math.imul(i, 0x9e3779b9);
  for (let round = 0; round < n; round++)
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
  let out = 0;
  for (const x of s) out ^= x;
  return out >>> 0;
}
