// printf for the engine: %d %i %u %x %X %c %s %p %% with flags, width, precision and lengths. No
// floating point: the engine formats numbers itself. An unknown conversion prints as it stands.
#include "native.h"
#include <stdarg.h>
#include <string.h>

struct sink {
  char *to;
  size_t size, length;
};

static void put(struct sink *s, char c) {
  if (s->length + 1 < s->size)
    s->to[s->length] = c;
  s->length++;
}

static void pad(struct sink *s, char c, int count) {
  while (count-- > 0)
    put(s, c);
}

static void put_field(struct sink *s, const char *sign, const char *text, int length, int width,
                      int zeros, int left, int zero_fill) {
  int signs = (int)strlen(sign), gap = width - signs - zeros - length;
  if (zero_fill && !left && gap > 0) {
    zeros += gap;
    gap = 0;
  }
  if (!left)
    pad(s, ' ', gap);
  for (; *sign; sign++)
    put(s, *sign);
  pad(s, '0', zeros);
  for (int i = 0; i < length; i++)
    put(s, text[i]);
  if (left)
    pad(s, ' ', gap);
}

static int digits_of(u64 value, unsigned base, int upper, char *end) {
  int length = 0;
  do {
    unsigned digit = (unsigned)(value % base);
    *--end = (char)(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
    length++;
    value /= base;
  } while (value);
  return length;
}

int format_text(char *to, size_t size, const char *format, va_list arguments) {
  struct sink s = {to, size, 0};
  for (const char *f = format; *f; f++) {
    if (*f != '%') {
      put(&s, *f);
      continue;
    }
    const char *begin = f++;
    int left = 0, plus = 0, zero = 0, width = 0, precision = -1, length = 0;
    for (;; f++) {
      if (*f == '-')
        left = 1;
      else if (*f == '+')
        plus = 1;
      else if (*f == '0')
        zero = 1;
      else if (*f != ' ' && *f != '#')
        break;
    }
    if (*f == '*') {
      width = va_arg(arguments, int);
      f++;
    } else
      for (; *f >= '0' && *f <= '9'; f++)
        width = width * 10 + *f - '0';
    if (*f == '.') {
      precision = 0;
      if (*++f == '*') {
        precision = va_arg(arguments, int);
        f++;
      } else
        for (; *f >= '0' && *f <= '9'; f++)
          precision = precision * 10 + *f - '0';
    }
    for (; *f == 'l' || *f == 'z' || *f == 'j' || *f == 't' || *f == 'h'; f++)
      length += *f == 'h' ? 0 : 1;
    char digits[24], *end = digits + sizeof digits;
    switch (*f) {
    case 'd':
    case 'i': {
      i64 value = length ? va_arg(arguments, i64) : va_arg(arguments, int);
      int n = digits_of(value < 0 ? -(u64)value : (u64)value, 10, 0, end);
      put_field(&s,
                value < 0 ? "-"
                : plus    ? "+"
                          : "",
                end - n, n, width, precision > n ? precision - n : 0, left, zero && precision < 0);
      break;
    }
    case 'u':
    case 'x':
    case 'X': {
      u64 value = length ? va_arg(arguments, u64) : va_arg(arguments, unsigned);
      int n = digits_of(value, *f == 'u' ? 10 : 16, *f == 'X', end);
      put_field(&s, "", end - n, n, width, precision > n ? precision - n : 0, left,
                zero && precision < 0);
      break;
    }
    case 'p': {
      int n = digits_of((u64)va_arg(arguments, void *), 16, 0, end);
      put_field(&s, "0x", end - n, n, width, 0, left, 0);
      break;
    }
    case 'c':
      digits[0] = (char)va_arg(arguments, int);
      put_field(&s, "", digits, 1, width, 0, left, 0);
      break;
    case 's': {
      const char *text = va_arg(arguments, const char *);
      if (!text)
        text = "(null)";
      int n = 0;
      while (n != precision && text[n])
        n++;
      put_field(&s, "", text, n, width, 0, left, 0);
      break;
    }
    case '%':
      put(&s, '%');
      break;
    default:
      for (; begin < f; begin++)
        put(&s, *begin);
      if (!*f)
        f--;
      else
        put(&s, *f);
    }
  }
  if (size)
    to[s.length < size ? s.length : size - 1] = 0;
  return (int)s.length;
}
