// The engine's hashes, generator and formatter, driven by the test: argv[1] names the function,
// records come on standard input.
#include "../../../sdk/runtime/engine/native.h"
#include "../record.h"
#include <stdarg.h>
#include <string.h>

void log_line(const char *format, ...) { (void)format; }

static void hex(const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++)
    fprintf(stdout, "%02x", bytes[i]);
  puts("");
}

static void formatted(const char *format, ...) {
  char ours[64], theirs[64];
  for (size_t size = 0; size <= sizeof ours; size += 7) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    memset(ours, 'x', sizeof ours);
    memset(theirs, 'x', sizeof theirs);
    int a = format_text(ours, size, format, arguments);
    int b = vsnprintf(theirs, size, format, again);
    va_end(arguments);
    va_end(again);
    if (a != b || memcmp(ours, theirs, sizeof ours) != 0) {
      printf("%s in %zu: %d %.63s, not %d %.63s\n", format, size, a, ours, b, theirs);
      exit(1);
    }
  }
}

int main(int count, char **arguments) {
  if (count < 2)
    return 2;
  uint32_t n, m;
  uint8_t out[4096], *a, *b;
  if (strcmp(arguments[1], "sha256") == 0) {
    while ((a = record_read(&n))) {
      // in three parts, so that every way through the block buffer is taken
      struct sha256 s;
      sha256_begin(&s);
      sha256_add(&s, a, n / 3);
      sha256_add(&s, a + n / 3, n / 2 - n / 3);
      sha256_add(&s, a + n / 2, n - n / 2);
      sha256_end(&s, out);
      hex(out, 32);
      free(a);
    }
  } else if (strcmp(arguments[1], "pbkdf2") == 0) {
    while ((a = record_read(&n)) && (b = record_read(&m))) {
      pbkdf2_sha256(a, n, b, m, (u32)atoi(arguments[2]), out);
      hex(out, 32);
      free(a), free(b);
    }
  } else if (strcmp(arguments[1], "drbg") == 0) {
    // nothing without a seed; then seed, generate, reseed, generate; each length is one request
    memset(out, 7, sizeof out);
    if (drbg_fill(out, 16) || out[0] != 7)
      return 3;
    a = record_read(&n);
    drbg_seed(a, n, 0, 0);
    for (int i = 2; i < count; i++) {
      u32 length = (u32)atoi(arguments[i]);
      if (length == 0) {
        b = record_read(&m);
        drbg_seed(b, m, 0, 0);
        free(b);
        continue;
      }
      if (!drbg_fill(out, length))
        return 4;
      hex(out, length);
    }
    free(a);
  } else if (strcmp(arguments[1], "format") == 0) {
    formatted("%d %i %u", -5, 2147483647, 4294967295u);
    formatted("%5d|%05d|%+d", -42, -42, 42);
    formatted("%x %X %08x %lx", 0xbeef, 0xbeef, 0xbeef, 255l);
    formatted("%ld %lld %lu %zu", -9223372036854775807l - 1, 5ll, 18446744073709551615ul,
              (size_t)7);
    formatted("%s|%10s|%.2s|%.*s", "abc", "abc", "abc", 1, "abc");
    formatted("%c%c%%", 'a', 'z');
    formatted("%.4d|%8.4d|%.0d", 42, 42, 7);
    formatted("%02d:%02d:%02d.%03d", 1, 2, 3, 4);
    puts("same");
  }
  return 0;
}
