// The environment block of native code (tape/native/README.md): a C view of
// tape/native/environment.ts. Invariant: offsets equal that table's; a test reads both.
#pragma once

#include <stdint.h>

struct environment {
  uint64_t limit;
  uint64_t stop;
  uint8_t *memory;
  uint64_t bytes;
  uint64_t sp;
  uint64_t sp_low;
  int (*host)(struct environment *, uint32_t import);
  int64_t (*grow)(struct environment *, uint64_t pages);
  uint64_t exit;
  uint64_t text;
  uint64_t text_bytes;
  uint64_t kind;
  uint64_t depth;
  uint64_t own;
  uint64_t fuel;
  uint64_t resume;
  uint64_t values[64];
  uint64_t host_values[64];
  uint64_t trace[64];
  uint64_t stack_low;
  uint64_t table;
};

_Static_assert(sizeof(struct environment) == 1680, "the environment block has another size");
