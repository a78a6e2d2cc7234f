// SHA-256, FIPS 180-4. The rounds are unrolled over a ring of 16 schedule words: the whole image is
// hashed at each boot, and an emulated processor has about 0.7 instructions a nanosecond for it.
#include "sha256.h"
#include <string.h>

// FIPS 180-4, 4.2.2: first 32 bits of the fractional parts of the cube roots of the first 64
// primes.
static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define BIG_0(x) (ROTATE(x, 2) ^ ROTATE(x, 13) ^ ROTATE(x, 22))
#define BIG_1(x) (ROTATE(x, 6) ^ ROTATE(x, 11) ^ ROTATE(x, 25))
#define SMALL_0(x) (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x) >> 3)
#define SMALL_1(x) (ROTATE(x, 17) ^ ROTATE(x, 19) ^ (x) >> 10)

// One round (6.2.2) in place: the eight variables change names from round to round instead of
// moving.
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
  h += BIG_1(e) + (((f ^ g) & e) ^ g) + k[t + i] + w[i];                                           \
  d += h;                                                                                          \
  h += BIG_0(a) + ((a & b) | ((a | b) & c));
#define EXTEND(i) w[i] += SMALL_1(w[(i + 14) & 15]) + w[(i + 9) & 15] + SMALL_0(w[(i + 1) & 15]);
#define EIGHT(j)                                                                                   \
  ROUND(a, b, c, d, e, f, g, h, j)                                                                 \
  ROUND(h, a, b, c, d, e, f, g, j + 1)                                                             \
  ROUND(g, h, a, b, c, d, e, f, j + 2)                                                             \
  ROUND(f, g, h, a, b, c, d, e, j + 3)                                                             \
  ROUND(e, f, g, h, a, b, c, d, j + 4)                                                             \
  ROUND(d, e, f, g, h, a, b, c, j + 5)                                                             \
  ROUND(c, d, e, f, g, h, a, b, j + 6)                                                             \
  ROUND(b, c, d, e, f, g, h, a, j + 7)
#define EXTEND_4(i) EXTEND(i) EXTEND(i + 1) EXTEND(i + 2) EXTEND(i + 3)

static void blocks(uint32_t state[8], const uint8_t *data, uint64_t count) {
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  uint32_t w[16];
  for (; count > 0; count--, data += 64) {
    memcpy(w, data, 64);
    for (unsigned i = 0; i < 16; i++)
      w[i] = __builtin_bswap32(w[i]);
    unsigned t = 0;
    EIGHT(0)
    EIGHT(8)
    for (t = 16; t < 64; t += 16) {
      EXTEND_4(0) EXTEND_4(4) EXTEND_4(8) EXTEND_4(12) EIGHT(0) EIGHT(8)
    }
    a = state[0] += a, b = state[1] += b, c = state[2] += c, d = state[3] += d;
    e = state[4] += e, f = state[5] += f, g = state[6] += g, h = state[7] += h;
  }
}

void sha256_begin(struct sha256 *s) {
  // 5.3.3: first 32 bits of the fractional parts of the square roots of the first 8 primes.
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(s->state, initial, sizeof initial);
  s->bytes = 0;
}

void sha256_add(struct sha256 *s, const void *data, uint64_t bytes) {
  if (bytes == 0)
    return;
  const uint8_t *from = data;
  uint64_t held = s->bytes % 64;
  s->bytes += bytes;
  if (held > 0) {
    uint64_t take = 64 - held < bytes ? 64 - held : bytes;
    memcpy(s->block + held, from, take);
    from += take, bytes -= take;
    if (held + take < 64)
      return;
    blocks(s->state, s->block, 1);
  }
  blocks(s->state, from, bytes / 64);
  memcpy(s->block, from + bytes / 64 * 64, bytes % 64);
}

void sha256_end(struct sha256 *s, uint8_t digest[32]) {
  static const uint8_t padding[64] = {0x80};
  uint8_t length[8];
  for (unsigned i = 0; i < 8; i++)
    length[i] = (uint8_t)(s->bytes * 8 >> (56 - 8 * i));
  sha256_add(s, padding, 64 - (s->bytes + 8) % 64);
  sha256_add(s, length, 8);
  for (unsigned i = 0; i < 32; i++)
    digest[i] = (uint8_t)(s->state[i / 4] >> (24 - i % 4 * 8));
}

void sha256(const void *data, uint64_t bytes, uint8_t digest[32]) {
  struct sha256 s;
  sha256_begin(&s);
  sha256_add(&s, data, bytes);
  sha256_end(&s, digest);
}
