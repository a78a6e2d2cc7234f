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

static int say(const char *format, va_list arguments) {
  char text[512];
  int length = format_text(text, sizeof text, format, arguments);
  va_end(arguments);
  log_line("engine: %s", text);
  return length;
}

int printf(const char *restrict format, ...) {
  va_list arguments;
  va_start(arguments, format);
  return say(format, arguments);
}

int fprintf(FILE *restrict file, const char *restrict format, ...) {
  va_list arguments;
  va_start(arguments, format);
  return say(format, arguments);
}

int fputc(int c, FILE *file) {
  (void)file;
  return c;
}
size_t fwrite(const void *restrict from, size_t size, size_t count, FILE *restrict file) {
  (void)from, (void)size, (void)file;
  return count;
}
FILE *const stdout = 0, *const stderr = 0;
