// The report of a measured operation.
#include "samples.h"

u64 samples[MOST_SAMPLES];

static char *put(char *at, const char *text) {
  while (*text)
    *at++ = *text++;
  return at;
}

static char *put_number(char *at, u64 value) {
  char digits[20];
  unsigned n = 0;
  do
    digits[n++] = (char)('0' + value % 10);
  while (value /= 10);
  *at++ = ' ';
  while (n)
    *at++ = digits[--n];
  return at;
}

static void sort(u64 *s, u32 n) { // Shell's, by Ciura's gaps
  static const u32 gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
  for (unsigned g = 0; g < sizeof gaps / sizeof *gaps; g++)
    for (u32 i = gaps[g]; i < n; i++) {
      u64 value = s[i];
      u32 j = i;
      for (; j >= gaps[g] && s[j - gaps[g]] > value; j -= gaps[g])
        s[j] = s[j - gaps[g]];
      s[j] = value;
    }
}

void report(const char *name, u32 n) {
  char line[128];
  sort(samples, n);
  char *end = put(put(line, "bench "), name);
  end = put_number(put_number(end, samples[n / 2]), samples[0]);
  *end++ = '\n';
  write_text(line, (u32)(end - line));
}
