// SHA-256, FIPS 180-4: the one native hash of the system, in the engine and in the boot loader. The
// 64 rounds are unrolled by the compiler, so that the eight variables change names instead of
// places and the constants stand in the code: each boot hashes the whole image, each login
// thousands of blocks.
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
#define V(n) v[((n)-t) & 7] // variable a to h (0 to 7) of round t
#define W(n) w[(t + (n)) & 15]

static void blocks(uint32_t state[8], const uint8_t *data, size_t count) {
  for (; count > 0; count--, data += 64) {
    uint32_t v[8], w[16];
    __builtin_memcpy(v, state, sizeof v);
    __builtin_memcpy(w, data, sizeof w);
    // maj(a, b, c) = ((a ^ b) & (b ^ c)) ^ b, where b ^ c is the last round's a ^ b.
    uint32_t bc = v[1] ^ v[2];
#pragma clang loop unroll(full)
    for (unsigned t = 0; t < 64; t++) { // 6.2.2
      if (t < 16)
        W(0) = __builtin_bswap32(W(0));
      else
        W(0) += (ROTATE(W(14), 17) ^ ROTATE(W(14), 19) ^ W(14) >> 10) + W(9) +
                (ROTATE(W(1), 7) ^ ROTATE(W(1), 18) ^ W(1) >> 3);
      V(7) += ROTATE(ROTATE(ROTATE(V(4), 14) ^ V(4), 5) ^ V(4), 6) +
              (((V(5) ^ V(6)) & V(4)) ^ V(6)) + k[t] + W(0);
      V(3) += V(7);
      uint32_t ab = V(0) ^ V(1);
      V(7) += ROTATE(ROTATE(ROTATE(V(0), 9) ^ V(0), 11) ^ V(0), 2) + ((ab & bc) ^ V(1));
      bc = ab;
    }
    for (unsigned i = 0; i < 8; i++)
      state[i] += v[i];
  }
}

void sha256_begin(struct sha256 *s) {
  // 5.3.3: first 32 bits of the fractional parts of the square roots of the first 8 primes.
  static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(s->state, first, sizeof first);
  s->bytes = 0;
}

void sha256_add(struct sha256 *s, const void *data, size_t length) {
  if (!length)
    return;
  const uint8_t *p = data;
  size_t have = s->bytes % 64;
  s->bytes += length;
  if (have) {
    size_t more = 64 - have < length ? 64 - have : length;
    memcpy(s->block + have, p, more);
    p += more, length -= more;
    if (have + more < 64)
      return;
    blocks(s->state, s->block, 1);
  }
  blocks(s->state, p, length / 64);
  memcpy(s->block, p + length / 64 * 64, length % 64);
}

void sha256_end(struct sha256 *s, uint8_t digest[32]) {
  static const uint8_t padding[64] = {0x80}; // 5.1.1: a one bit, zeros, the length in bits
  uint8_t length[8];
  for (int i = 0; i < 8; i++)
    length[i] = (uint8_t)(s->bytes * 8 >> (56 - 8 * i));
  sha256_add(s, padding, 64 - (s->bytes + 8) % 64);
  sha256_add(s, length, 8);
  for (int i = 0; i < 32; i++)
    digest[i] = (uint8_t)(s->state[i / 4] >> (24 - i % 4 * 8));
}

void sha256(const void *data, size_t length, uint8_t digest[32]) {
  struct sha256 s;
  sha256_begin(&s);
  sha256_add(&s, data, length);
  sha256_end(&s, digest);
}
