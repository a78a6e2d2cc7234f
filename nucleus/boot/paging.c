// The page tables that the nucleus starts on (docs/boot-image.md): memory at its own address and
// again at PHYSICAL_MAP without execution, and the nucleus's segments with W^X. Both maps share
// their tables: no-execute stands in the top entries alone.
#include "loader.h"
#include <cpuid.h>

#define PHYSICAL_MAP 0xffff800000000000ull
#define PRESENT 1ull
#define WRITABLE 2ull
#define LARGE 0x80ull
#define NO_EXECUTE (1ull << 63)
#define GIB (1ull << 30)
enum { EFER = 0xc0000080, EFER_NXE = 1 << 11, CR0_WP = 1 << 16, CR4_LA57 = 1 << 12 };
enum { HAS_NX = 1 << 20, HAS_GIB_PAGES = 1 << 26 };

static uint32_t features(void) {
  uint32_t a, b, c, d;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) ? d : 0;
}

const char *paging_unsupported(void) {
  uint64_t cr4;
  __asm__("mov %%cr4, %0" : "=r"(cr4));
  if ((features() & HAS_NX) == 0)
    return "it can't forbid the execution of data (NX)";
  return (cr4 & CR4_LA57) != 0 ? "it runs with 5-level page tables (LA57)" : 0;
}

/// The entry for an address at the level whose entries span 2^shift bytes, with the tables above it
/// made; 0: no memory.
static uint64_t *entry_of(uint64_t *root, uint64_t address, unsigned shift) {
  uint64_t *table = root;
  for (unsigned at = 39;; at -= 9) {
    uint64_t *entry = &table[address >> at & 511];
    if (at == shift)
      return entry;
    if (*entry == 0 && (table = pages_allocate(PAGE_BYTES, 0)) == 0)
      return 0;
    if (*entry == 0)
      *entry = (uint64_t)table | PRESENT | WRITABLE;
    table = (uint64_t *)(*entry & ~(PAGE_BYTES - 1));
  }
}

static bool range_map(uint64_t *root, uint64_t address, uint64_t physical, uint64_t bytes,
                      unsigned shift, uint64_t flags) {
  for (uint64_t at = 0; at < bytes; at += 1ull << shift) {
    uint64_t *entry = entry_of(root, address + at, shift);
    if (entry == 0)
      return false;
    *entry = (physical + at) | PRESENT | flags;
  }
  return true;
}

uint64_t *paging_build(uint64_t top, const struct boot_image_entry *segments,
                       const uint64_t *sources) {
  static const uint64_t flags[3] = {0, NO_EXECUTE, NO_EXECUTE | WRITABLE};
  uint64_t *root = pages_allocate(PAGE_BYTES, 0);
  unsigned shift = (features() & HAS_GIB_PAGES) != 0 ? 30 : 21;
  // The last top entry is the nucleus's: the physical map has 255 at most.
  if (root == 0 || top > 255 * 512 * GIB || !range_map(root, 0, 0, top, shift, WRITABLE | LARGE))
    return 0;
  for (unsigned i = 0; i < 255; i++)
    root[256 + i] = root[i] == 0 ? 0 : root[i] | NO_EXECUTE;
  for (unsigned i = 0; i < 3; i++)
    if (!range_map(root, segments[i].address, sources[i], segments[i].memory, 12, flags[i]))
      return 0;
  return root;
}

void paging_enter(uint64_t *root, uint64_t entry, uint64_t stack_top, struct handover *h) {
  uint64_t cr0;
  uint32_t low, high;
  __asm__ volatile("cli; rdmsr" : "=a"(low), "=d"(high) : "c"(EFER));
  __asm__ volatile("wrmsr" ::"a"(low | EFER_NXE), "d"(high), "c"(EFER));
  __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("mov %0, %%cr0" ::"r"(cr0 | CR0_WP));
  h->tsc = time_stamp();
  // A return address of 0 lies on the stack, as if the nucleus had been called: its back traces end
  // there.
  __asm__ volatile(
      "mov %0, %%cr3; mov %1, %%rsp; pushq $0; xor %%ebp, %%ebp; cld; jmp *%2" ::"r"(root),
      "r"(PHYSICAL_MAP + stack_top), "r"(entry), "D"(PHYSICAL_MAP + (uint64_t)h)
      : "memory");
  __builtin_unreachable();
}
