// printf for the engine: %d %i %u %x %X %c %s %p %% with + and 0, width, precision and lengths. No
// floating point: the engine formats numbers itself. An unknown conversion prints as it stands.
#include "native.h"
#include <stdarg.h>
#include <string.h>

struct sink {
  char *to;
  size_t size, length;
  va_list arguments;
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
                      int zeros) {
  pad(s, ' ', width - (int)strlen(sign) - zeros - length);
  for (; *sign; sign++)
    put(s, *sign);
  pad(s, '0', zeros);
  for (int i = 0; i < length; i++)
    put(s, text[i]);
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

/// A width or precision, from the text or the arguments.
static int number(struct sink *s, const char **f) {
  int value = 0;
  if (**f == '*')
    return ++*f, va_arg(s->arguments, int);
  for (; **f >= '0' && **f <= '9'; ++*f)
    value = value * 10 + **f - '0';
  return value;
}

static int is_one_of(char c, const char *set) { return c && strchr(set, c); }

int format_text(char *to, size_t size, const char *format, va_list arguments) {
  struct sink s = {.to = to, .size = size};
  va_copy(s.arguments, arguments);
  for (const char *f = format; *f; f++) {
    if (*f != '%') {
      put(&s, *f);
      continue;
    }
    const char *begin = f++, *sign = "";
    int plus = 0, zero = 0, wide = 0, zeros = 0;
    for (; is_one_of(*f, "+0 #"); f++) {
      plus |= *f == '+';
      zero |= *f == '0';
    }
    int width = number(&s, &f), precision = *f == '.' ? (f++, number(&s, &f)) : -1;
    for (; is_one_of(*f, "lzjth"); f++)
      wide |= *f != 'h';
    char digits[24] = "%", *end = digits + sizeof digits;
    const char *text = digits;
    int length = 1;
    if (is_one_of(*f, "diuxXp")) {
      u64 value = wide || *f == 'p' ? va_arg(s.arguments, u64) : va_arg(s.arguments, unsigned);
      if (is_one_of(*f, "di")) {
        i64 given = wide ? (i64)value : (int)value;
        sign = given < 0 ? "-" : plus ? "+" : "";
        value = given < 0 ? -(u64)given : (u64)given;
      } else if (*f == 'p')
        sign = "0x";
      length = digits_of(value, is_one_of(*f, "diu") ? 10 : 16, *f == 'X', end);
      text = end - length;
      if (precision < 0 && zero)
        precision = width - (int)strlen(sign);
      zeros = precision > length ? precision - length : 0;
    } else if (*f == 'c')
      digits[0] = (char)va_arg(s.arguments, int);
    else if (*f == 's') {
      text = va_arg(s.arguments, const char *);
      if (!text)
        text = "(null)";
      for (length = 0; length != precision && text[length];)
        length++;
    } else if (*f != '%') {
      text = begin;
      length = (int)(f - begin) + (*f != 0);
      width = 0;
      f -= !*f;
    }
    put_field(&s, sign, text, length, width, zeros);
  }
  va_end(s.arguments);
  if (size)
    to[s.length < size ? s.length : size - 1] = 0;
  return (int)s.length;
}
