// The number parser that the engine and report.c ask of the C library, over the engine's own exact
// one.
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
