// SHA-256 (FIPS 180-4), the one native hash of the runtime.
#include "native.h"
#include <string.h>

static const u32 k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static u32 turn(u32 x, int n) { return x >> n | x << (32 - n); }

static void block(u32 state[8], const u8 *p) {
  u32 w[64], s[8];
  for (int i = 0; i < 16; i++, p += 4)
    w[i] = (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
  for (int i = 16; i < 64; i++) {
    u32 a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
           (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
  }
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    u32 t = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
            ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
    u32 m = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
            ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t;
    s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t + m;
  }
  for (int i = 0; i < 8; i++)
    state[i] += s[i];
}

void sha256_begin(struct sha256 *s) {
  static const u32 first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(s->state, first, sizeof first);
  s->bytes = 0;
}

void sha256_add(struct sha256 *s, const void *data, size_t length) {
  if (!length)
    return;
  const u8 *p = data;
  size_t have = s->bytes % 64;
  s->bytes += length;
  if (have) {
    size_t more = 64 - have < length ? 64 - have : length;
    memcpy(s->block + have, p, more);
    p += more, length -= more;
    if (have + more < 64)
      return;
    block(s->state, s->block);
  }
  for (; length >= 64; p += 64, length -= 64)
    block(s->state, p);
  if (length)
    memcpy(s->block, p, length);
}

void sha256_end(struct sha256 *s, u8 digest[32]) {
  u64 bits = s->bytes * 8;
  size_t have = s->bytes % 64;
  s->block[have++] = 0x80;
  if (have > 56) {
    memset(s->block + have, 0, 64 - have);
    block(s->state, s->block);
    have = 0;
  }
  memset(s->block + have, 0, 56 - have);
  for (int i = 0; i < 8; i++)
    s->block[56 + i] = (u8)(bits >> (56 - 8 * i));
  block(s->state, s->block);
  for (int i = 0; i < 32; i++)
    digest[i] = (u8)(s->state[i / 4] >> (24 - i % 4 * 8));
}
