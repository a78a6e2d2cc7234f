// SHA-256 (FIPS 180-4): the one native hash of the system, in the engine and in the boot loader.
#ifndef LEIVOS_SHA256_H
#define LEIVOS_SHA256_H
#include <stddef.h>
#include <stdint.h>

struct sha256 {
  uint32_t state[8];
  uint64_t bytes;
  uint8_t block[64];
};
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t length);
void sha256_end(struct sha256 *s, uint8_t digest[32]);
/// All three at once.
void sha256(const void *data, size_t length, uint8_t digest[32]);
#endif
