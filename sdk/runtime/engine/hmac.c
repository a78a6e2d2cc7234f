// HMAC-SHA256 (RFC 2104) and PBKDF2 with it (RFC 8018, 5.2), one block of output.
#include "native.h"
#include <string.h>

void hmac_key(struct hmac *h, const u8 *key, size_t length) {
  u8 pad[64] = {0};
  if (length > 64)
    sha256(key, length, pad);
  else if (length)
    memcpy(pad, key, length);
  for (int i = 0; i < 64; i++)
    pad[i] ^= 0x36;
  sha256_begin(&h->inner);
  sha256_add(&h->inner, pad, 64);
  for (int i = 0; i < 64; i++)
    pad[i] ^= 0x36 ^ 0x5c;
  sha256_begin(&h->outer);
  sha256_add(&h->outer, pad, 64);
}

/// Data is added to `inner` before.
void hmac_end(struct hmac *h, u8 mac[32]) {
  u8 digest[32];
  sha256_end(&h->inner, digest);
  sha256_add(&h->outer, digest, 32);
  sha256_end(&h->outer, mac);
}

void pbkdf2_sha256(const u8 *password, size_t length, const u8 *salt, size_t salt_length,
                   u32 rounds, u8 out[32]) {
  static const u8 first[4] = {0, 0, 0, 1};
  struct hmac keyed, h;
  u8 u[32];
  hmac_key(&keyed, password, length);
  h = keyed;
  sha256_add(&h.inner, salt, salt_length);
  sha256_add(&h.inner, first, 4);
  hmac_end(&h, u);
  memcpy(out, u, 32);
  for (u32 round = 1; round < rounds; round++) {
    h = keyed;
    sha256_add(&h.inner, u, 32);
    hmac_end(&h, u);
    for (int i = 0; i < 32; i++)
      out[i] ^= u[i];
  }
}
