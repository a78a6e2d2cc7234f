static u32 rotate(u32 x, u32 k) { return x << k | x >> (32 - k); }
i64 run(i64 n) {
  u32 s[16];
  for (u32 i = 0; i < 16; i++)
    s[i] = i * 0x9E3779B9u;
  for (i64 round = 0; round < n; round++)
    for (int i = 0; i < 4; i++) {
      s[i] = s[i] + s[i + 4];
      s[i + 12] = rotate(s[i + 12] ^ s[i], 16);
      s[i + 8] = s[i + 8] + s[i + 12];
      s[i + 4] = rotate(s[i + 4] ^ s[i + 8], 12);
      s[i] = s[i] + s[i + 4];
      s[i + 12] = rotate(s[i + 12] ^ s[i], 8);
      s[i + 8] = s[i + 8] + s[i + 12];
      s[i + 4] = rotate(s[i + 4] ^ s[i + 8], 7);
    }
  u32 out = 0;
  for (int i = 0; i < 16; i++)
    out ^= s[i];
  return out;
}
