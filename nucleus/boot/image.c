// The boot image is untrusted until these checks have passed: every number is compared before it is
// used, by subtraction from a bound already known, so that no sum can wrap.
#include "image.h"
#include "../../sdk/abi/abi.gen.h"
#include "../../sdk/runtime/engine/sha256.h"
#include <stdbool.h>
#include <string.h>

#define PAGE 4096ull
#define NUCLEUS_START 0xffffffff80000000ull
#define NUCLEUS_BYTES (1ull << 30)
#define MEMORY_MOST                                                                                \
  (1ull << 38) // no object is that large, and sums of pages stay far from wrapping

static const char nucleus_names[3][40] = {"nucleus.text", "nucleus.rodata", "nucleus.data"};

static uint64_t page_end(uint64_t bytes) { return (bytes + PAGE - 1) & ~(PAGE - 1); }

/// Printable, without the % that marks the place of a name in a sentence, ended and padded with
/// NUL.
static bool name_sound(const char name[40]) {
  unsigned n = 0, end;
  while (n < 40 && name[n] > ' ' && name[n] <= '~' && name[n] != '%')
    n++;
  for (end = n; end < 40 && name[end] == 0;)
    end++;
  return n > 0 && n < 40 && end == 40;
}

/// Do two ranges share no page? One without bytes shares none.
static bool disjoint(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes) {
  if (a_bytes == 0 || b_bytes == 0)
    return true;
  return a < b ? b - a >= page_end(a_bytes) : a - b >= page_end(b_bytes);
}

static bool padding_zero(const uint8_t *object, uint64_t length) {
  uint64_t i = length;
  while (i < page_end(length) && object[i] == 0)
    i++;
  return i == page_end(length);
}

static const char *entry_check(const uint8_t *image, uint64_t bytes, uint64_t table_end,
                               const struct boot_image_entry *e) {
  bool code = e->kind <= OBJECT_ENGINE || e->kind >= OBJECT_PROGRAM;
  const uint32_t rights = RIGHT_READ | RIGHT_MAP | RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_INFO;
  if (e->kind < OBJECT_NUCLEUS || e->kind > OBJECT_KERNEL || e->reserved != 0 ||
      (e->rights & ~(code ? rights | RIGHT_EXECUTE : rights)) != 0)
    return "% is of an unknown kind or claims rights that it can't have";
  if (e->offset % PAGE != 0 || e->offset < table_end || e->offset > bytes ||
      e->length > bytes - e->offset)
    return "% lies outside the file";
  if (e->memory < e->length || e->memory == 0 || e->memory > MEMORY_MOST ||
      e->address % PAGE != 0 || (e->kind != OBJECT_NUCLEUS && e->address > 1ull << 47))
    return "% has a wrong size or address in memory";
  if (e->entry != 0 && (!code || e->entry < e->address || e->entry - e->address >= e->length))
    return "% has its entry point outside itself";
  return padding_zero(image + e->offset, e->length) ? 0 : "% is not padded with zeros";
}

/// The three segments that the loader itself maps.
static const char *segment_check(const struct boot_image_entry *e, unsigned index) {
  if (memcmp(e->name, nucleus_names[index], 40) != 0 || e->kind != OBJECT_NUCLEUS)
    return "% stands where a segment of the nucleus must be";
  if (e->address < NUCLEUS_START || e->address - NUCLEUS_START >= NUCLEUS_BYTES ||
      e->memory > NUCLEUS_BYTES - (e->address - NUCLEUS_START))
    return "% has an address outside the nucleus's range";
  if (index < 2 && page_end(e->memory) != page_end(e->length))
    return "% is mapped in place and can't be larger in memory";
  return index == 0 && e->entry == 0 ? "% has no entry point" : 0;
}

/// Entry i against all before it.
static const char *overlap_check(const struct boot_image_entry *entries, unsigned i) {
  const struct boot_image_entry *e = &entries[i];
  for (const struct boot_image_entry *o = entries; o < e; o++) {
    if (memcmp(e->name, o->name, 40) == 0)
      return "% is there twice";
    if (!disjoint(e->offset, e->length, o->offset, o->length) ||
        (i < 3 && !disjoint(e->address, e->memory, o->address, o->memory)))
      return "% overlaps another object";
  }
  return 0;
}

const char *image_check(const void *image, uint64_t bytes, const char **name) {
  const struct boot_image_header *header = image;
  const struct boot_image_entry *entries = image_entries(image);
  uint8_t digest[32];
  *name = 0;
  if (bytes < sizeof *header || header->magic != BOOT_IMAGE_MAGIC)
    return "this is no boot image (wrong magic)";
  if (header->version != BOOT_IMAGE_VERSION)
    return "it has another version than this loader";
  if (header->bytes != bytes || bytes % PAGE != 0)
    return "it is not as long as it says (truncated?)";
  uint64_t table_bytes = header->entries * sizeof *entries,
           table_end = sizeof *header + table_bytes;
  if (header->entries < 3 || header->entries > BOOT_IMAGE_ENTRIES || header->reserved != 0 ||
      table_end > bytes)
    return "it has a wrong number of entries";
  sha256(entries, table_bytes, digest);
  if (memcmp(digest, header->table_digest, 32) != 0)
    return "digest of the table differs (damaged file)";
  for (unsigned i = 0; i < header->entries; i++) {
    *name = name_sound(entries[i].name) ? entries[i].name : 0;
    const char *wrong = *name == 0 ? "an object has no sound name"
                                   : entry_check(image, bytes, table_end, &entries[i]);
    if (wrong == 0 && i < 3)
      wrong = segment_check(&entries[i], i);
    if (wrong == 0)
      wrong = overlap_check(entries, i);
    if (wrong != 0)
      return wrong;
  }
  return 0;
}

const char *image_check_digests(const void *image, const char **name) {
  const struct boot_image_header *header = image;
  for (const struct boot_image_entry *e = image_entries(image), *end = e + header->entries; e < end;
       e++) {
    uint8_t digest[32];
    sha256((const uint8_t *)image + e->offset, e->length, digest);
    *name = e->name;
    if (memcmp(digest, e->digest, 32) != 0)
      return "digest of % differs (damaged file)";
  }
  return 0;
}
