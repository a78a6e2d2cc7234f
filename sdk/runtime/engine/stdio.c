// The names of the C library that the engine's source prints with. It prints only when it finds a
// fault of its own; then what it says belongs in the log.
#include "native.h"
#include <stdarg.h>
#include <stdio.h>

int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list arguments) {
  return format_text(to, size, format, arguments);
}

int snprintf(char *restrict to, size_t size, const char *restrict format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = format_text(to, size, format, arguments);
  va_end(arguments);
  return length;
}

int printf(const char *restrict format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int length = format_text(text, sizeof text, format, arguments);
  va_end(arguments);
  log_line("engine: %s", text);
  return length;
}
