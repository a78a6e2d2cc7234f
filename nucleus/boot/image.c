// The boot image is untrusted until these checks have passed: every number is compared before it is
// used, by subtraction from a bound already known, so that no sum can wrap.
#include "image.h"
#include "../../sdk/abi/abi.gen.h"
#include "sha256.h"
#include <stdbool.h>
#include <string.h>

#define PAGE 4096ull
#define NUCLEUS_START 0xffffffff80000000ull
#define NUCLEUS_BYTES 0x40000000ull
#define MEMORY_MOST                                                                                \
  0x4000000000ull // 256 GiB: no object is that large, and sums of pages stay far from wrapping

static uint64_t page_end(uint64_t bytes) { return (bytes + PAGE - 1) & ~(PAGE - 1); }

static bool name_sound(const char name[40]) {
  unsigned n = 0;
  while (n < 40 && name[n] > ' ' && name[n] <= '~' && name[n] != '%')
    n++;
  if (n == 0 || n == 40)
    return false;
  for (unsigned i = n; i < 40; i++)
    if (name[i] != 0)
      return false;
  return true;
}

static bool disjoint(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes) {
  return a < b ? b - a >= a_bytes : a - b >= b_bytes;
}

static bool zeros(const uint8_t *from, const uint8_t *to) {
  while (from < to && *from == 0)
    from++;
  return from == to;
}

static const char *entry_check(const uint8_t *image, uint64_t bytes, uint64_t table_end,
                               const struct boot_image_entry *e) {
  const uint32_t allowed =
      RIGHT_READ | RIGHT_MAP | RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_INFO | RIGHT_EXECUTE;
  bool code = e->kind == OBJECT_NUCLEUS || e->kind == OBJECT_ENGINE;
  if (e->kind < OBJECT_NUCLEUS || e->kind > OBJECT_SYMBOLS || e->reserved != 0)
    return "boot.img: % is of an unknown kind; use the loader that was built with the image";
  if (e->offset % PAGE != 0 || e->offset < table_end || e->offset > bytes ||
      e->length > bytes - e->offset || e->length == 0)
    return "boot.img: % lies outside the file; write the image again";
  if (e->memory < e->length || e->memory > MEMORY_MOST)
    return "boot.img: % has a wrong memory size; build the image again";
  if (e->address % PAGE != 0 || e->address > UINT64_MAX - MEMORY_MOST - PAGE + 1)
    if (e->kind != OBJECT_NUCLEUS || e->address % PAGE != 0)
      return "boot.img: % has a wrong address; build the image again";
  if (e->entry != 0 && (!code || e->entry < e->address || e->entry - e->address >= e->length))
    return "boot.img: % has its entry point outside itself; build the image again";
  if ((e->rights & ~allowed) != 0 || ((e->rights & RIGHT_EXECUTE) != 0 && !code))
    return "boot.img: % claims rights that it can't have; build the image again";
  if (!zeros(image + e->offset + e->length, image + e->offset + page_end(e->length)))
    return "boot.img: % is not padded with zeros; write the image again";
  return 0;
}

/// The three segments that the loader maps itself.
static const char *segment_check(const struct boot_image_entry *e, unsigned index) {
  static const char names[3][40] = {"nucleus.text", "nucleus.rodata", "nucleus.data"};
  if (memcmp(e->name, names[index], 40) != 0 || e->kind != OBJECT_NUCLEUS)
    return "boot.img: % is not the nucleus's segment expected there; build the image again";
  if (e->address < NUCLEUS_START || e->address - NUCLEUS_START >= NUCLEUS_BYTES ||
      e->memory > NUCLEUS_BYTES - (e->address - NUCLEUS_START))
    return "boot.img: % has an address outside the nucleus's range; build the image again";
  if (index < 2 && page_end(e->memory) != page_end(e->length))
    return "boot.img: % is mapped in place and can't be larger in memory; build the image again";
  if (index == 0 && e->entry == 0)
    return "boot.img: % has no entry point; build the image again";
  return 0;
}

const char *image_check(const void *image, uint64_t bytes, const char **name) {
  const struct boot_image_header *header = image;
  const struct boot_image_entry *entries = image_entries(image);
  uint8_t digest[32];
  *name = 0;
  if (bytes < sizeof *header || header->magic != BOOT_IMAGE_MAGIC)
    return "boot.img is no boot image (wrong magic); write the image again";
  if (header->version != BOOT_IMAGE_VERSION)
    return "boot.img has another version than this loader; build both together";
  if (header->bytes != bytes || bytes % PAGE != 0)
    return "boot.img is not as long as it says (truncated?); write the image again";
  if (header->entries < 3 || header->entries > BOOT_IMAGE_ENTRIES || header->reserved != 0)
    return "boot.img has a wrong number of entries; write the image again";
  uint64_t table_bytes = header->entries * sizeof *entries,
           table_end = sizeof *header + table_bytes;
  if (table_end > bytes)
    return "boot.img is too short for its table; write the image again";
  sha256(entries, table_bytes, digest);
  if (memcmp(digest, header->table_digest, 32) != 0)
    return "boot.img: digest of the table differs (damaged file); write the image again";
  for (unsigned i = 0; i < header->entries; i++) {
    const struct boot_image_entry *e = &entries[i];
    if (!name_sound(e->name))
      return "boot.img has an object without a sound name; build the image again";
    *name = e->name;
    const char *wrong = entry_check(image, bytes, table_end, e);
    if (wrong == 0 && i < 3)
      wrong = segment_check(e, i);
    if (wrong != 0)
      return wrong;
    for (unsigned j = 0; j < i; j++) {
      const struct boot_image_entry *o = &entries[j];
      if (memcmp(e->name, o->name, 40) == 0)
        return "boot.img: % is there twice; build the image again";
      if (!disjoint(e->offset, page_end(e->length), o->offset, page_end(o->length)))
        return "boot.img: % overlaps another object; build the image again";
      if (i < 3 && !disjoint(e->address, page_end(e->memory), o->address, page_end(o->memory)))
        return "boot.img: % overlaps another segment in memory; build the image again";
    }
  }
  *name = 0;
  return 0;
}

const char *image_check_digests(const void *image, const char **name) {
  const struct boot_image_header *header = image;
  for (unsigned i = 0; i < header->entries; i++) {
    const struct boot_image_entry *e = &image_entries(image)[i];
    uint8_t digest[32];
    sha256((const uint8_t *)image + e->offset, e->length, digest);
    *name = e->name;
    if (memcmp(digest, e->digest, 32) != 0)
      return "boot.img: digest of % differs (damaged file); write the image again";
  }
  *name = 0;
  return 0;
}
