// Pages from the firmware, and the three functions that a compiler calls for copies, fills and
// comparisons in freestanding code.
#include "loader.h"

void *pages_allocate(uint64_t bytes, uint64_t limit) {
  uint64_t address = limit == 0 ? 0 : limit - 1, pages = pages_of(bytes);
  uint32_t how = limit == 0 ? EFI_ALLOCATE_ANY : EFI_ALLOCATE_BELOW;
  if (pages == 0 || efi->boot->allocate_pages(how, EFI_LOADER_DATA, pages, &address) != 0)
    return 0;
  return __builtin_memset((void *)address, 0, pages * PAGE_BYTES);
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  void *start = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes)::"memory");
  return start;
}

void *memset(void *to, int value, size_t bytes) {
  void *start = to;
  uint64_t words = bytes / 8, pattern = 0x0101010101010101ull * (uint8_t)value;
  __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
  bytes %= 8;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
  return start;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  const uint8_t *x = a, *y = b;
  for (; bytes > 0; bytes--, x++, y++)
    if (*x != *y)
      return *x < *y ? -1 : 1;
  return 0;
}
