// The page tables that the nucleus starts on (docs/boot-image.md): memory at its own address and
// again at PHYSICAL_MAP without execution, and the nucleus's segments with W^X. Both maps share
// their tables: no-execute stands in the top entries alone.
#include "loader.h"

#define PRESENT 1ull
#define WRITABLE 2ull
#define LARGE 0x80ull
#define NO_EXECUTE (1ull << 63)
#define GIB (1ull << 30)
#define SLOT (512 * GIB) // what one top entry spans
enum { EFER = 0xc0000080, EFER_NXE = 1 << 11, CR0_WP = 1 << 16, CR4_LA57 = 1 << 12 };

static uint64_t *table_new(void) { return pages_allocate(PAGE_BYTES, 0); }

/// The table below an entry, made where there is none; 0: no memory.
static uint64_t *table_below(uint64_t *entry) {
  if (*entry == 0)
    *entry = (uint64_t)table_new() | PRESENT | WRITABLE;
  return (uint64_t *)(*entry & ~(PAGE_BYTES - 1));
}

static bool gib_pages(void) {
  uint32_t r[4];
  cpuid(0x80000001, r);
  return (r[3] & 1u << 26) != 0;
}

const char *paging_unsupported(void) {
  uint32_t r[4];
  uint64_t cr4;
  cpuid(0x80000000, r);
  if (r[0] >= 0x80000001)
    cpuid(0x80000001, r);
  if ((r[3] & 1u << 20) == 0)
    return "the processor can't forbid execution of data (NX); enable it in the firmware's set-up";
  __asm__("mov %%cr4, %0" : "=r"(cr4));
  return (cr4 & CR4_LA57) != 0 ? "the firmware runs 5-level paging; switch LA57 off in its set-up"
                               : 0;
}

static bool physical_map(uint64_t *root, uint64_t top) {
  bool large = gib_pages();
  for (uint64_t at = 0; at < top; at += GIB) {
    uint64_t *gibs = table_below(&root[at / SLOT]);
    if (gibs == 0)
      return false;
    root[256 + at / SLOT] = root[at / SLOT] | NO_EXECUTE;
    uint64_t *entry = &gibs[at / GIB % 512];
    if (large) {
      *entry = at | PRESENT | WRITABLE | LARGE;
      continue;
    }
    uint64_t *halves = table_below(entry);
    if (halves == 0)
      return false;
    for (uint64_t i = 0; i < 512; i++)
      halves[i] = (at + (i << 21)) | PRESENT | WRITABLE | LARGE;
  }
  return true;
}

static bool segment_map(uint64_t *root, const struct boot_image_entry *e, uint64_t source,
                        uint64_t protection) {
  for (uint64_t i = 0; i < pages_of(e->memory); i++) {
    uint64_t address = e->address + i * PAGE_BYTES, *table = root;
    for (unsigned shift = 39; shift > 12; shift -= 9)
      if ((table = table_below(&table[address >> shift & 511])) == 0)
        return false;
    table[address >> 12 & 511] = (source + i * PAGE_BYTES) | PRESENT | protection;
  }
  return true;
}

uint64_t *paging_build(uint64_t top, const struct boot_image_entry *segments,
                       const uint64_t *sources) {
  static const uint64_t protection[3] = {0, NO_EXECUTE, NO_EXECUTE | WRITABLE};
  uint64_t *root = table_new();
  // The last top entry is the nucleus's; 255 of them, 127.5 TiB, are the most that the physical map
  // can have.
  if (root == 0 || top > 255 * SLOT || !physical_map(root, top))
    return 0;
  for (unsigned i = 0; i < 3; i++)
    if (!segment_map(root, &segments[i], sources[i], protection[i]))
      return 0;
  return root;
}

void paging_enter(uint64_t *root, uint64_t entry, uint64_t stack_top, struct handover *h) {
  uint64_t cr0;
  uint32_t low, high;
  __asm__ volatile("cli");
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(EFER));
  __asm__ volatile("wrmsr" ::"a"(low | EFER_NXE), "d"(high), "c"(EFER));
  __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("mov %0, %%cr0" ::"r"(cr0 | CR0_WP));
  h->tsc = time_stamp();
  // A return address of 0 lies on the stack, as if the nucleus had been called: its back traces end
  // there.
  __asm__ volatile("mov %0, %%cr3\n\t"
                   "mov %1, %%rsp\n\t"
                   "pushq $0\n\t"
                   "xor %%ebp, %%ebp\n\t"
                   "cld\n\t"
                   "jmp *%2" ::"r"(root),
                   "r"(PHYSICAL_MAP + stack_top), "r"(entry), "D"(PHYSICAL_MAP + (uint64_t)h)
                   : "memory");
  __builtin_unreachable();
}
