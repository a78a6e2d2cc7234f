// SHA-256 (FIPS 180-4) of bytes in memory.
#ifndef BOOT_SHA256_H
#define BOOT_SHA256_H
#include <stdint.h>

struct sha256 {
  uint32_t state[8];
  uint64_t bytes;
  uint8_t block[64];
};
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, uint64_t bytes);
void sha256_end(struct sha256 *s, uint8_t digest[32]);
void sha256(const void *data, uint64_t bytes, uint8_t digest[32]);
#endif
