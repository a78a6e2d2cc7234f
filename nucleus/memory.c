// The four functions that C itself may call, for nucleus and loader: string instructions, eight
// bytes at a time, then the rest.
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  void *at = to;
  size_t words = bytes / 8;
  bytes %= 8;
  __asm__ volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words)::"memory");
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes)::"memory");
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  void *at = to;
  size_t words = bytes / 8, all = (unsigned char)value * 0x0101010101010101;
  bytes %= 8;
  __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(all) : "memory");
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(all) : "memory");
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  if ((size_t)to - (size_t)from >= bytes) // unsigned: the end of `from` is not overwritten
    return memcpy(to, from, bytes);
  char *last = (char *)to + bytes - 1;
  from = (const char *)from + bytes - 1;
  __asm__ volatile("std; rep movsb; cld" : "+D"(last), "+S"(from), "+c"(bytes)::"memory");
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  const unsigned char *x = a, *y = b;
  for (; bytes && *x == *y; bytes--)
    x++, y++;
  return bytes ? *x - *y : 0;
}
