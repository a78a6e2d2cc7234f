// Pages from the firmware, and the functions that a compiler calls for copies, fills and
// comparisons in freestanding code.
#include "loader.h"

void *pages_allocate(uint64_t bytes, uint64_t limit) {
  uint64_t address = limit - 1, pages = bytes == 0 ? 1 : pages_of(bytes);
  uint64_t words = pages * PAGE_BYTES / 8;
  uint32_t how = limit == 0 ? EFI_ALLOCATE_ANY : EFI_ALLOCATE_BELOW;
  if (efi->boot->allocate_pages(how, EFI_LOADER_DATA, pages, &address) != 0)
    return 0;
  void *start = (void *)address;
  __asm__ volatile("rep stosq" : "+D"(address), "+c"(words) : "a"(0ull) : "memory");
  return start;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  void *at = to;
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes)::"memory");
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  void *at = to;
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  for (const uint8_t *x = a, *y = b; bytes > 0; bytes--, x++, y++)
    if (*x != *y)
      return *x - *y;
  return 0;
}
