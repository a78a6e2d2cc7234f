// Samples of one operation, in time stamp counts, for the programs of both guests. Invariant: a
// sample lies between two reads of the counter around the operation and nothing else.
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H
#include <stdbool.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

enum { WARM = 64, MOST_SAMPLES = 1001 };

static inline u64 counter(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
  return low | (u64)high << 32;
}

/// Runs OPERATION some times unmeasured, then `n` times measured, and reports it.
#define MEASURE(name, n, operation)                                                                \
  do {                                                                                             \
    for (u32 i_ = 0; i_ < WARM + (u32)(n); i_++) {                                                 \
      u64 from_ = counter();                                                                       \
      operation;                                                                                   \
      samples[i_ < WARM ? 0 : i_ - WARM] = counter() - from_;                                      \
    }                                                                                              \
    report(name, n);                                                                               \
  } while (0)

extern u64 samples[MOST_SAMPLES];
/// Writes `bench NAME MEDIAN LEAST` for the first `n` samples, and sorts them.
void report(const char *name, u32 n);
void write_text(const char *text, u32 bytes); // each guest's own
#endif
