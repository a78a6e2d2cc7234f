// Checks of the boot image (docs/boot-image.md). Pure: they read only the bytes given, so that the
// host can fuzz them.
#pragma once
#include "../../sdk/abi/boot.h"

/// Is the table sound? 0, or a sentence for `fail`. *name is the object that it is about, or 0.
/// Afterwards every name ends within its field, and every offset, length and address can be used
/// without a check. `image` is aligned to 8 bytes.
const char *image_check(const void *image, uint64_t bytes, const char **name);

/// Do the bytes of each object have the digest that the table gives? As image_check, which must
/// have passed.
const char *image_check_digests(const void *image, const char **name);

static inline const struct boot_image_entry *image_entries(const void *image) {
  return (const void *)((const uint8_t *)image + sizeof(struct boot_image_header));
}
