// What the loader's files offer each other. Physical and virtual addresses are equal until
// paging_enter.
#pragma once
#include "../../sdk/abi/boot.h"
#include "efi.h"
#include <string.h>

#define PAGE_BYTES 4096ull

extern struct efi_system_table *efi;
extern efi_handle loader_handle;

/// Prints `leivos: WHERE: SENTENCE; CURE` (a % in the sentence stands for `detail`) on the
/// firmware's console and on COM1, waits for a key or 30 s and returns the status, which the caller
/// hands up to the firmware.
efi_status fail(efi_status status, const char *where, const char *sentence, const char *detail,
                const char *cure);
efi_status fail_memory(const char *where);

/// Zeroed pages of type EfiLoaderData, which stay the nucleus's; at least one; below `limit`
/// where it is not 0. 0: no memory, nothing printed.
void *pages_allocate(uint64_t bytes, uint64_t limit);

/// A file of the volume that the loader came from, read whole into pages. EFI_NOT_FOUND is returned
/// silently where the file is `optional`; every other error has been told.
efi_status file_load(const char16 *path, const char *name, bool optional, uint64_t most,
                     uint64_t *address, uint64_t *bytes);

/// Entropy and clock. `seed=TEXT` among the options fixes both.
void entropy_gather(struct handover *h);
void clock_read(struct handover *h);

/// Picks and records a linear framebuffer; none is no error.
void graphics_find(struct handover *h);

/// Page tables for `top` bytes of physical memory, the nucleus's three segments, the page where
/// processors start, and paging_enter, below 4 GiB; 0: no memory.
uint64_t *paging_build(uint64_t top, const struct boot_image_entry *segments,
                       const uint64_t *sources, uint64_t trampoline);
/// What the processor lacks for these tables: 0 or a sentence.
const char *paging_unsupported(void);
/// Leaves the loader for good: interrupts off, tables in force, stack, jump. `h` and `stack_top`
/// are physical.
_Noreturn void paging_enter(uint64_t *root, uint64_t entry, uint64_t stack_top, struct handover *h);

static inline uint64_t pages_of(uint64_t bytes) { return (bytes + PAGE_BYTES - 1) / PAGE_BYTES; }

static inline uint64_t time_stamp(void) {
  uint32_t low, high;
  __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
  return (uint64_t)high << 32 | low;
}
