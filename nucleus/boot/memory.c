// Pages from the firmware.
#include "loader.h"

void *pages_allocate(uint64_t bytes, uint64_t limit) {
  uint64_t address = limit - 1, pages = bytes == 0 ? 1 : pages_of(bytes);
  uint32_t how = limit == 0 ? EFI_ALLOCATE_ANY : EFI_ALLOCATE_BELOW;
  if (efi->boot->allocate_pages(how, EFI_LOADER_DATA, pages, &address) != 0)
    return 0;
  return memset((void *)address, 0, pages * PAGE_BYTES);
}
