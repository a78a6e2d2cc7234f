// The boot image and the hand-over from loader to nucleus (docs/boot-image.md).
#ifndef LEIVOS_BOOT_H
#define LEIVOS_BOOT_H
#include <stddef.h>
#include <stdint.h>

#define BOOT_IMAGE_MAGIC 0x4942534f5649454cull // "LEIVOSBI", little-endian
#define HANDOVER_MAGIC 0x4f48534f5649454cull   // "LEIVOSHO", little-endian
#define BOOT_IMAGE_VERSION 1
#define BOOT_IMAGE_ENTRIES 128

enum { OBJECT_NUCLEUS = 1, OBJECT_ENGINE, OBJECT_BUNDLE, OBJECT_CONFIG, OBJECT_SYMBOLS };
enum { OBJECT_FILES = 6, OBJECT_PROGRAM, OBJECT_KERNEL };
enum { FRAMEBUFFER_NONE, FRAMEBUFFER_BGRX, FRAMEBUFFER_RGBX };

struct boot_image_header {
  uint64_t magic;
  uint32_t version, entries;
  uint64_t bytes, reserved;
  uint8_t table_digest[32];
};

struct boot_image_entry {
  char name[40];
  uint64_t offset, length, memory, address, entry;
  uint32_t rights, kind;
  uint64_t reserved;
  uint8_t digest[32];
};

struct handover {
  uint64_t magic;
  uint64_t map, map_bytes, map_descriptor_bytes;
  uint64_t image, image_bytes;
  uint64_t framebuffer, framebuffer_bytes;
  uint32_t width, height, stride, format;
  uint64_t rsdp, system_table, clock, tsc;
  uint64_t options, options_bytes;
  uint32_t entropy_bytes, entropy_sources;
  uint8_t entropy[64];
  uint64_t trampoline;
  uint64_t started;      // processor time stamp when the loader began
  uint64_t panic_record; // 0 none
};

/// What a panic said, in a page that firmware leaves alone across a reset: true when the sum of the
/// text's bytes is right.
#define PANIC_RECORD_PLACE 0x60000
#define PANIC_RECORD_MAGIC 0x5250534f5649454cull // "LEIVOSPR", little-endian
struct panic_record {
  uint64_t magic;
  uint32_t bytes, sum;
  char text[4080];
};

_Static_assert(sizeof(struct boot_image_header) == 64, "boot image header");
_Static_assert(sizeof(struct boot_image_entry) == 128, "boot image entry");
_Static_assert(offsetof(struct boot_image_entry, digest) == 96, "boot image entry digest");
#endif
