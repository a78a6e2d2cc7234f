// Lines for whoever reads the serial port. Only the first process has the debug log.
#include "system.h"
#include <stdarg.h>

static u32 log_handle;
static bool failed;

void report_begin(u32 log) { log_handle = log; }

static u32 put_number(u8 *to, u64 value, u64 base) {
  u8 digits[20];
  u32 n = 0;
  do {
    digits[n++] = (u8) "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  for (u32 i = 0; i < n; i++)
    to[i] = digits[n - 1 - i];
  return n;
}

static void line(const char *format, va_list list) {
  u8 *to = buffer + LIMIT_SCRATCH_OFFSET;
  u32 n = 0;
  for (; *format && n < 1000; format++) {
    if (*format != '%') {
      to[n++] = (u8)*format;
      continue;
    }
    if (*++format == 's') {
      for (const char *s = va_arg(list, const char *); *s; s++)
        to[n++] = (u8)*s;
    } else if (*format == 'd') {
      s64 value = va_arg(list, s64);
      if (value < 0)
        to[n++] = '-';
      n += put_number(to + n, value < 0 ? -(u64)value : (u64)value, 10);
    } else {
      n += put_number(to + n, va_arg(list, u64), *format == 'x' ? 16 : 10);
    }
  }
  to[n++] = '\n';
  TRY(SYS_LOG_WRITE, log_handle, n, 0, 0, 0, 0);
}

void say(const char *format, ...) {
  va_list list;
  va_start(list, format);
  line(format, list);
  va_end(list);
}

void fail(const char *format, ...) {
  va_list list;
  failed = true;
  va_start(list, format);
  line(format, list);
  va_end(list);
}

bool case_failed(void) {
  bool was = failed;
  failed = false;
  return was;
}
