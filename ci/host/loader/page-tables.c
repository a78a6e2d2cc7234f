// Builds the loader's page tables and walks them as the processor would (Intel SDM 3A, 4.5), by
// code of its own: every address of the two maps and of the segments leads where docs/boot-image.md
// says, with its protection, and nothing else is mapped. argv[1]: bytes of physical memory. Prints
// the number of leaves.
#include "../../../nucleus/boot/loader.h"
#include <stdio.h>
#include <stdlib.h>

static uint64_t leaves, tables, code, covered; // covered: by the physical map so far
static void *made[4096];

void *pages_allocate(uint64_t bytes, uint64_t limit) {
  (void)limit;
  void *pages = aligned_alloc(PAGE_BYTES, pages_of(bytes) * PAGE_BYTES);
  made[tables++ % 4096] = pages;
  return memset(pages, 0, pages_of(bytes) * PAGE_BYTES);
}

static const struct boot_image_entry segments[3] = {
    {.name = "nucleus.text", .address = 0xffffffff80000000, .memory = 0x3210},
    {.name = "nucleus.rodata", .address = 0xffffffff80004000, .memory = 0x1000},
    {.name = "nucleus.data", .address = 0xffffffff80005000, .memory = 0x234567},
};
static const uint64_t sources[3] = {0x12345000, 0x7000, 0x3fffff000}, trampoline = 0x9f000;

static void require(int holds, const char *what, uint64_t address) {
  if (holds)
    return;
  fprintf(stderr, "%s at %llx\n", what, (unsigned long long)address);
  exit(1);
}

static void leaf(uint64_t address, uint64_t bytes, uint64_t to, int writable, int execute,
                 uint64_t top) {
  leaves++;
  if (address < 0xffff800000000000) {
    uint64_t here = (uint64_t)paging_enter & ~(PAGE_BYTES - 1);
    require(to == address && bytes == PAGE_BYTES && !writable && execute, "code", address);
    require(to == trampoline || to - here < 2 * PAGE_BYTES, "code of others", address);
    code++;
    return;
  }
  if (address < 0xffffff8000000000) {
    int text = to >= sources[0] && to < sources[0] + 4 * PAGE_BYTES;
    require(to == address - 0xffff800000000000 && writable != text && !execute, "physical map",
            address);
    require(to == covered && bytes <= top - to, "physical map", address);
    covered += bytes;
    return;
  }
  for (int i = 0; i < 3; i++) {
    const struct boot_image_entry *e = &segments[i];
    if (address < e->address || address - e->address >= pages_of(e->memory) * PAGE_BYTES)
      continue;
    require(bytes == PAGE_BYTES && to == sources[i] + (address - e->address), "segment", address);
    require(writable == (i == 2) && execute == (i == 0), "protection of a segment", address);
    return;
  }
  require(0, "something unknown", address);
}

/// `shift` is what an entry of this table spans; writable and execute are what the tables above
/// allow.
static void walk(const uint64_t *table, unsigned shift, uint64_t base, int writable, int execute,
                 uint64_t top) {
  for (uint64_t i = 0; i < 512; i++) {
    uint64_t e = table[i], at = base + (i << shift);
    if (shift == 39 && i >= 256)
      at |= 0xffff000000000000;
    int w = writable && (e & 2) != 0, x = execute && e >> 63 == 0;
    uint64_t to = e & 0xffffffffff000;
    if ((e & 1) == 0)
      require(e == 0, "a value in an absent entry", at);
    else if (shift == 12 || (e & 0x80) != 0) {
      require((e & 4) == 0 && to % (1ull << shift) == 0, "a bad leaf", at);
      leaf(at, 1ull << shift, to, w, x, top);
    } else
      walk((const uint64_t *)to, shift - 9, at, w, x, top);
  }
}

int main(int argc, char **argv) {
  uint64_t top = argc == 2 ? strtoull(argv[1], 0, 0) : 0;
  uint64_t *root = paging_build(top, segments, sources, trampoline);
  require(root != 0, "no tables", top);
  walk(root, 39, 0, 1, 1, top);
  require(code == 3 && covered == top, "something is left out", covered);
  // Two entries are split where the text lies: one of a GiB at most, one of 2 MiB.
  const uint64_t segment_pages = 4 + 1 + 0x235, split = 2 * 511;
  uint64_t gibs = top >> 30, halves = top >> 21, others = code + segment_pages + split;
  require(leaves - others == gibs || leaves - others == halves || leaves - others == gibs + 256,
          "number of leaves", leaves);
  while (tables > 0)
    free(made[--tables]);
  printf("%llu leaves\n", (unsigned long long)leaves);
}
