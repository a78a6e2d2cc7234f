// The seed of all randomness and the time of day. What several sources give is hashed together, so
// that a bad one takes nothing away; which ones answered is recorded, and with none there is no
// seed: 0 bytes.
#include "loader.h"
#include "sha256.h"

enum { FROM_FIRMWARE = 1, FROM_RDSEED = 2, FROM_RDRAND = 4, FROM_OPTION = 8 };
#define DRAWN_BYTES 64
/// Bytes from each source; RDSEED may be exhausted for a while (Intel SDM 7.3.17), RDRAND answers
/// within 10 tries.
#define TRIES 1000

#define DRAW(instruction)                                                                          \
  static bool instruction##_draw(uint64_t *to) {                                                   \
    for (unsigned i = 0; i < DRAWN_BYTES / 8; i++) {                                               \
      bool ready = false;                                                                          \
      for (unsigned tries = 0; !ready && tries < TRIES; tries++)                                   \
        __asm__ volatile(#instruction " %0; pause" : "=r"(to[i]), "=@ccc"(ready));                 \
      if (!ready)                                                                                  \
        return false;                                                                              \
    }                                                                                              \
    return true;                                                                                   \
  }
DRAW(rdseed)
DRAW(rdrand)

static bool firmware_draw(uint64_t *to) {
  static const struct efi_guid guid = {
      0x3152bca5, 0xeade, 0x433d, {0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44}};
  struct efi_random *random;
  return efi->boot->locate_protocol(&guid, 0, &random) == 0 &&
         random->get(random, 0, DRAWN_BYTES, (uint8_t *)to) == 0;
}

/// The text of the line `seed=TEXT` of the options; 0 when there is none.
static const char *seed_option(const struct handover *h, uint64_t *bytes) {
  const char *text = (const char *)h->options;
  for (uint64_t i = 0, end; i < h->options_bytes; i = end + 1) {
    for (end = i; end < h->options_bytes && text[end] != '\n' && text[end] != '\r';)
      end++;
    if (end - i > 5 && __builtin_memcmp(text + i, "seed=", 5) == 0) {
      *bytes = end - i - 5;
      return text + i + 5;
    }
  }
  return 0;
}

void entropy_gather(struct handover *h) {
  uint64_t drawn[3][DRAWN_BYTES / 8] = {0}, seed_bytes;
  uint32_t features[4], extended[4] = {0};
  const char *seed = seed_option(h, &seed_bytes);
  if (seed != 0) {
    sha256(seed, seed_bytes, h->entropy);
    h->entropy_bytes = 32;
    h->entropy_sources = FROM_OPTION;
    return;
  }
  cpuid(0, features);
  if (features[0] >= 7)
    cpuid(7, extended);
  cpuid(1, features);
  if (firmware_draw(drawn[0]))
    h->entropy_sources |= FROM_FIRMWARE;
  if ((extended[1] & 1u << 18) != 0 && rdseed_draw(drawn[1]))
    h->entropy_sources |= FROM_RDSEED;
  if ((features[2] & 1u << 30) != 0 && rdrand_draw(drawn[2]))
    h->entropy_sources |= FROM_RDRAND;
  if (h->entropy_sources == 0)
    return;
  for (uint8_t half = 0; half < 2; half++) {
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, &half, 1);
    sha256_add(&s, drawn, sizeof drawn);
    sha256_end(&s, h->entropy + 32 * half);
  }
  h->entropy_bytes = sizeof h->entropy;
  for (unsigned i = 0; i < 3 * DRAWN_BYTES / 8; i++) // the stack becomes free memory
    ((volatile uint64_t *)drawn)[i] = 0;
}

/// Days from 1970-01-01 in the Gregorian calendar; years from 1970.
static uint64_t days(uint64_t year, uint64_t month, uint64_t day) {
  static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  uint64_t last = year - 1,
           leaps = last / 4 - last / 100 + last / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
  return (year - 1970) * 365 + leaps + before[month - 1] + (leap && month > 2) + day - 1;
}

void clock_read(struct handover *h) {
  struct efi_time t;
  h->clock = days(2026, 1, 1) * 86400; // where a seed is given (docs/boot-image.md)
  if (h->entropy_sources == FROM_OPTION)
    return;
  h->clock = 0;
  if (efi->runtime->get_time(&t, 0) != 0 || t.year < 1970 || t.year > 9999 || t.month - 1u > 11 ||
      t.day - 1u > 30 || t.hour > 23 || t.minute > 59 || t.second > 59)
    return;
  int64_t zone = t.zone >= -1440 && t.zone <= 1440 ? t.zone * 60 : 0;
  int64_t local = (int64_t)(days(t.year, t.month, t.day) * 86400 + t.hour * 3600ull +
                            t.minute * 60ull + t.second);
  h->clock = local + zone > 0 ? (uint64_t)(local + zone) : 0;
}
