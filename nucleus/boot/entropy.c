// The seed of all randomness and the time of day. What several sources give is hashed together, so
// that a bad one takes nothing away; which ones answered is recorded, and with none there is no
// seed: 0 bytes.
#include "../../sdk/runtime/engine/sha256.h"
#include "loader.h"
#include <cpuid.h>

enum { FROM_FIRMWARE = 1, FROM_RDSEED = 2, FROM_RDRAND = 4, FROM_OPTION = 8 };
/// Words from each source; RDSEED may be exhausted for a while (Intel SDM 7.3.17).
enum { WORDS = 8, TRIES = 1000 };

static bool processor_draw(bool seed, uint64_t *to) {
  bool ready = true;
  for (unsigned i = 0; ready && i < WORDS; i++) {
    ready = false;
    for (unsigned tries = 0; !ready && tries < TRIES; tries++)
      if (seed)
        __asm__ volatile("rdseed %0; pause" : "=r"(to[i]), "=@ccc"(ready));
      else
        __asm__ volatile("rdrand %0; pause" : "=r"(to[i]), "=@ccc"(ready));
  }
  return ready;
}

static bool firmware_draw(uint64_t *to) {
  // 3152bca5-eade-433d-862e-c01cdc291f44
  static const struct efi_guid guid = {0x433deade3152bca5, 0x441f29dc1cc02e86};
  struct efi_random *random;
  return efi->boot->any_protocol(&guid, 0, &random) == 0 &&
         random->get(random, 0, WORDS * 8, to) == 0;
}

/// Takes the text of the line `seed=TEXT` of the options, where there is one.
static bool option_seed(struct handover *h) {
  const char *text = (const char *)h->options;
  for (uint64_t i = 0, end; i < h->options_bytes; i = end + 1) {
    for (end = i; end < h->options_bytes && text[end] != '\n' && text[end] != '\r';)
      end++;
    if (end - i <= 5 || memcmp(text + i, "seed=", 5) != 0)
      continue;
    sha256(text + i + 5, end - i - 5, h->entropy);
    h->entropy_bytes = 32;
    h->entropy_sources = FROM_OPTION;
    return true;
  }
  return false;
}

void entropy_gather(struct handover *h) {
  uint64_t drawn[1 + 3 * WORDS] = {0}; // which half of the seed, then what each source gave
  uint32_t a, b, c = 0, d, features;
  if (option_seed(h))
    return;
  __get_cpuid(1, &a, &b, &features, &d);
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0)
    b = 0;
  if (firmware_draw(&drawn[1]))
    h->entropy_sources |= FROM_FIRMWARE;
  if ((b & bit_RDSEED) != 0 && processor_draw(true, &drawn[1 + WORDS]))
    h->entropy_sources |= FROM_RDSEED;
  if ((features & bit_RDRND) != 0 && processor_draw(false, &drawn[1 + 2 * WORDS]))
    h->entropy_sources |= FROM_RDRAND;
  for (; h->entropy_sources != 0 && h->entropy_bytes < 64; h->entropy_bytes += 32, drawn[0]++)
    sha256(drawn, sizeof drawn, h->entropy + h->entropy_bytes);
  for (unsigned i = 0; i < sizeof drawn / 8; i++)
    ((volatile uint64_t *)drawn)[i] = 0; // the stack becomes free memory
}

/// Days from 1970-01-01 in the Gregorian calendar; years from 1970, months from 1.
static int64_t days(int64_t year, int64_t month, int64_t day) {
  int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9; // from March
  return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

void clock_read(struct handover *h) {
  struct efi_time t;
  if (h->entropy_sources == FROM_OPTION)
    h->clock = (uint64_t)days(2026, 1, 1) * 86400;
  else if (efi->runtime->get_time(&t, 0) == 0 && t.year >= 1970 && t.month - 1u < 12) {
    int64_t zone = t.zone >= -1440 && t.zone <= 1440 ? t.zone : 0;
    int64_t minutes = (days(t.year, t.month, t.day) * 24 + t.hour) * 60 + t.minute + zone;
    h->clock = minutes > 0 ? (uint64_t)minutes * 60 + t.second : 0;
  }
}
