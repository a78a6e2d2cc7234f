// The nucleus's log: a ring of fixed size, read by position. What was overwritten is skipped.
#include "../nucleus.h"
#include <string.h>

enum { RING = 32768 };
static char ring[RING];
static u64 end; // bytes written since boot

static void keep(const char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    ring[end++ % RING] = text[i];
}

static void log_append(const char *text, size_t bytes) {
  arch_debug_write(text, bytes);
  keep(text, bytes);
}

size_t line_format(char text[LOG_LINE], const char *format, va_list list) {
  size_t used = 0;
  for (; *format && used < LOG_LINE - 20; format++) {
    if (*format != '%') {
      text[used++] = *format;
      continue;
    }
    char kind = *++format;
    if (kind == 's') {
      for (const char *s = va_arg(list, const char *); *s && used < LOG_LINE - 20; s++)
        text[used++] = *s;
      continue;
    }
    u64 value = kind == 'u' ? va_arg(list, u32) : va_arg(list, u64),
        base = (kind | 32) == 'x' ? 16 : 10;
    char digits[20];
    unsigned n = 0;
    for (; !n || value || (kind == 'X' && n < 16); value /= base)
      digits[n++] = "0123456789abcdef"[value % base];
    while (n)
      text[used++] = digits[--n];
  }
  return used;
}

void log_line(const char *format, ...) {
  char text[LOG_LINE];
  va_list list;
  va_start(list, format);
  size_t used = line_format(text, format, list);
  va_end(list);
  text[used++] = '\n';
  log_append(text, used);
}

SYSCALL(log_write) {
  if (a[1] > LIMIT_SCRATCH_BYTES)
    return ERROR_TOO_LARGE;
  (a[2] ? keep : log_append)((const char *)t->buffer + LIMIT_SCRATCH_OFFSET, a[1]);
  return 0;
}

SYSCALL(log_read) {
  u64 from = a[1], oldest = end > RING ? end - RING : 0;
  if (from < oldest)
    from = oldest;
  if (from > end)
    from = end;
  u64 bytes = end - from < LIMIT_SCRATCH_BYTES ? end - from : LIMIT_SCRATCH_BYTES;
  for (u64 i = 0; i < bytes; i++)
    t->buffer[LIMIT_SCRATCH_OFFSET + i] = (u8)ring[(from + i) % RING];
  t->second = from + bytes;
  return (s64)bytes;
}
