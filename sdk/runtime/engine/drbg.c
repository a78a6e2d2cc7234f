// HMAC_DRBG with SHA-256 (NIST SP 800-90A Rev. 1, 10.1.2): one generator a process, seeded from
// START. Invariant: without a seed it gives nothing. The reseed interval of the standard (2^48
// requests) is never reached.
#include "native.h"
#include <string.h>

static u8 key[32], value[32];
static int seeded;

/// HMAC of `value` and, with a `round`, that and the two parts.
static void mac(u8 out[32], const u8 *round, const u8 *a, size_t a_length, const u8 *b,
                size_t b_length) {
  struct hmac h;
  hmac_key(&h, key, 32);
  sha256_add(&h.inner, value, 32);
  sha256_add(&h.inner, round, round != 0);
  sha256_add(&h.inner, a, a_length);
  sha256_add(&h.inner, b, b_length);
  hmac_end(&h, out);
}

static void update(const u8 *a, size_t a_length, const u8 *b, size_t b_length) {
  for (u8 round = 0; round < 1 + (a_length + b_length > 0); round++) {
    mac(key, &round, a, a_length, b, b_length);
    mac(value, 0, 0, 0, 0, 0);
  }
}

void drbg_seed(const u8 *entropy, size_t length, const u8 *name, size_t name_length) {
  if (!seeded) {
    memset(key, 0, 32);
    memset(value, 1, 32);
  }
  update(entropy, length, name, name_length);
  seeded = 1;
}

int drbg_fill(u8 *out, size_t length) {
  if (!seeded)
    return 0;
  while (length > 0) {
    mac(value, 0, 0, 0, 0, 0);
    size_t part = length < 32 ? length : 32;
    memcpy(out, value, part);
    out += part, length -= part;
  }
  update(0, 0, 0, 0);
  return 1;
}
