// Fuzzes the loader's checks of the boot image. The table's digest and the file's size are put
// right first, else no input would get past them. What passes must then hold by other arithmetic
// than the loader's: 128-bit sums, which can't wrap.
#include "../../../nucleus/boot/image.h"
#include "../../../sdk/runtime/engine/sha256.h"
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 wide;
#define PAGES(bytes) (((wide)(bytes) + 4095) / 4096 * 4096)

static void require(int holds) {
  if (!holds)
    abort();
}

static int apart(wide a, wide a_bytes, wide b, wide b_bytes) {
  return a_bytes == 0 || b_bytes == 0 || a + PAGES(a_bytes) <= b || b + PAGES(b_bytes) <= a;
}

static void require_sound(const uint8_t *image, uint64_t bytes) {
  uint32_t count = ((const struct boot_image_header *)image)->entries;
  const struct boot_image_entry *entries = image_entries(image);
  require(count >= 3 && count <= BOOT_IMAGE_ENTRIES && 64 + count * 128 <= bytes);
  for (uint32_t i = 0; i < count; i++) {
    const struct boot_image_entry *e = &entries[i];
    require(memchr(e->name, 0, 40) != 0 && strlen(e->name) > 0);
    require((wide)e->offset + PAGES(e->length) <= bytes && e->offset >= 64 + count * 128);
    require(e->memory >= e->length && e->address % 4096 == 0 && e->offset % 4096 == 0);
    require((wide)e->address + PAGES(e->memory) <= (wide)1 << 64);
    require(e->entry == 0 || (e->entry >= e->address && e->entry < (wide)e->address + e->length));
    if (i < 3)
      require(e->address >= 0xffffffff80000000 &&
              (wide)e->address + PAGES(e->memory) <= (wide)0xffffffffc0000000);
    if (i < 2)
      require((wide)e->offset + PAGES(e->memory) <= bytes);
    for (uint32_t j = 0; j < i; j++) {
      require(apart(e->offset, e->length, entries[j].offset, entries[j].length));
      require(strcmp(e->name, entries[j].name) != 0);
      require(i >= 3 || apart(e->address, e->memory, entries[j].address, entries[j].memory));
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *name;
  uint8_t *image = malloc(size); // of exactly its size, and aligned
  if (size > 0)
    memcpy(image, data, size);
  struct boot_image_header *header = (void *)image;
  if (size >= sizeof *header && size % 4096 == 0) {
    header->bytes = size;
    if (header->entries <= BOOT_IMAGE_ENTRIES && 64 + header->entries * 128 <= size)
      sha256(image + 64, header->entries * 128, header->table_digest);
  }
  const char *wrong = image_check(image, size, &name);
  require(wrong == 0 || name == 0 || memchr(name, 0, 40) != 0);
  if (wrong == 0) {
    require_sound(image, size);
    image_check_digests(image, &name);
  }
  free(image);
  return 0;
}
