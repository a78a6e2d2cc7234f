// SHA-256 (FIPS 180-4) of bytes in memory.
#pragma once
#include <stdint.h>
void sha256(const void *data, uint64_t bytes, uint8_t digest[32]);
