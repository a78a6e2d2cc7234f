// The nucleus's log: a ring of fixed size, read by position. What was overwritten is skipped.
#include "../nucleus.h"
#include <stdarg.h>
#include <string.h>

enum { RING = 32768, LINE = 256 };
static char ring[RING];
static u64 end; // bytes written since boot

static void keep(const char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    ring[end++ % RING] = text[i];
}

void log_append(const char *text, size_t bytes) {
  arch_debug_write(text, bytes);
  keep(text, bytes);
}

struct line {
  char text[LINE];
  unsigned used;
};

static void put(struct line *l, char c) {
  if (l->used < LINE - 1)
    l->text[l->used++] = c;
}

static void put_number(struct line *l, u64 value, unsigned base) {
  char digits[20];
  unsigned n = 0;
  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (n)
    put(l, digits[--n]);
}

void log_line(const char *format, ...) {
  struct line l;
  va_list list;
  l.used = 0;
  va_start(list, format);
  for (; *format; format++) {
    if (*format != '%' || !format[1]) {
      put(&l, *format);
      continue;
    }
    format++;
    if (*format == 's')
      for (const char *s = va_arg(list, const char *); *s; s++)
        put(&l, *s);
    else if (*format == 'u')
      put_number(&l, va_arg(list, u32), 10);
    else if (*format == 'U')
      put_number(&l, va_arg(list, u64), 10);
    else if (*format == 'x')
      put_number(&l, va_arg(list, u64), 16);
    else
      put(&l, *format);
  }
  va_end(list);
  l.text[l.used++] = '\n';
  log_append(l.text, l.used);
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
