// The two number parsers that the engine and report.c ask of the C library, over the engine's own
// exact one.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "dtoa.h"

double strtod(const char *restrict text, char **restrict end) {
  JSATODTempMem memory;
  const char *next;
  double value = js_atod(text, &next, 10, 0, &memory);
  if (end)
    *end = (char *)next;
  return value;
}

unsigned long strtoul(const char *restrict text, char **restrict end, int base) {
  unsigned long value = 0;
  for (; *text >= '0' && *text <= '9'; text++)
    value = value * (unsigned long)base + (unsigned long)(*text - '0');
  if (end)
    *end = (char *)text;
  return value;
}
