// The nucleus's page tables (docs/boot-image.md): memory at PHYSICAL_MAP without execution, and the
// nucleus's segments; no page is writable and executable, nor is text writable through the physical
// map. In the lower half lie the last instructions of the loader and the trampoline, until all
// processors run.
#include "loader.h"
#include <cpuid.h>

#define PHYSICAL_MAP 0xffff800000000000ull
#define PRESENT 1ull
#define WRITABLE 2ull
#define LARGE 0x80ull
#define GLOBAL 0x100ull
#define NO_EXECUTE (1ull << 63)
#define DATA (GLOBAL | NO_EXECUTE | WRITABLE)
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

/// Maps whole pages, with the largest entries that fit.
static bool range_map(uint64_t *root, uint64_t address, uint64_t physical, uint64_t bytes,
                      uint64_t flags) {
  const unsigned most = (features() & HAS_GIB_PAGES) != 0 ? 30 : 21;
  for (uint64_t step; bytes > 0; address += step, physical += step, bytes -= step) {
    unsigned shift = most;
    while (shift > 12 &&
           (((address | physical) & ((1ull << shift) - 1)) != 0 || bytes < 1ull << shift))
      shift -= 9;
    step = 1ull << shift;
    uint64_t *entry = entry_of(root, address, shift);
    if (entry == 0)
      return false;
    *entry = physical | flags | PRESENT | (shift > 12 ? LARGE : 0);
  }
  return true;
}

uint64_t *paging_build(uint64_t top, const struct boot_image_entry *segments,
                       const uint64_t *sources, uint64_t trampoline) {
  static const uint64_t flags[3] = {GLOBAL, GLOBAL | NO_EXECUTE, DATA};
  uint64_t *root = pages_allocate(PAGE_BYTES, 1ull << 32), text = sources[0];
  uint64_t here = (uint64_t)paging_enter & ~(PAGE_BYTES - 1), end = text;
  // The last top entry is the nucleus's: the physical map has 255 at most.
  bool good = root != 0 && top <= 255 * 512 * GIB &&
              range_map(root, here, here, 2 * PAGE_BYTES, 0) &&
              range_map(root, trampoline, trampoline, PAGE_BYTES, 0);
  for (unsigned i = 0; good && i < 3; i++) {
    uint64_t bytes = pages_of(segments[i].memory) * PAGE_BYTES;
    good = range_map(root, segments[i].address, sources[i], bytes, flags[i]);
    end += i == 0 ? bytes : 0;
  }
  good = good && range_map(root, PHYSICAL_MAP, 0, text, DATA) &&
         range_map(root, PHYSICAL_MAP + text, text, end - text, GLOBAL | NO_EXECUTE) &&
         range_map(root, PHYSICAL_MAP + end, end, top - end, DATA);
  return good ? root : 0;
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
