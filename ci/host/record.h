// Reads byte strings from standard input, each behind its length in 32 bits. Each lies in an
// allocation of exactly its size, so that the address sanitizer sees every access outside.
#ifndef HOST_RECORD_H
#define HOST_RECORD_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/// The next record, to be freed, or 0 at the end.
static uint8_t *record_read(uint32_t *bytes) {
  if (fread(bytes, 4, 1, stdin) != 1)
    return 0;
  uint8_t *data = malloc(*bytes);
  if (data == 0 || fread(data, 1, *bytes, stdin) != *bytes)
    abort();
  return data;
}
#endif
