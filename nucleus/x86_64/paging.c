// Page tables: the nucleus's own, and those of processes, whose upper half is the nucleus's. No
// page is writable and executable at once, the nucleus's text not even through the physical map.
#include "../first.h"

enum { PRESENT = 1, WRITABLE = 2, USER = 4, WRITE_THROUGH = 8, UNCACHED = 16 };
enum { LARGE = 128, ATTRIBUTE = 128, GLOBAL = 256 }; // LARGE in tables, ATTRIBUTE of pages
#define NO_EXECUTE (1ull << 63)
#define ADDRESS_BITS 0x000ffffffffff000ull

frame nucleus_space;
bool isolated;
static frame entry_space; // the nucleus's part of user mode's tables, under its last entry
static u64 next_device = DEVICES;

void *arch_frame_address(frame f) { return physical((u64)f << 12); }
static u64 *table(u64 entry) { return physical(entry & ADDRESS_BITS); }
static unsigned slot_of(u64 address, unsigned level) { // level 0: 4 KiB page, 3: top
  return address >> (12 + 9 * level) & 511;
}

static frame table_new(struct process *p, unsigned order) {
  frame f = charged_frame(p ? p->budget : 0, order);
  if (f)
    memset(arch_frame_address(f), 0, PAGE << order);
  return f;
}

u64 *entry_at(frame root, u64 address, unsigned level, bool make, struct process *p) {
  u64 *t = arch_frame_address(root);
  for (unsigned l = 3; l > level; l--) {
    u64 *e = &t[slot_of(address, l)];
    if (!(*e & PRESENT)) {
      frame f = make ? table_new(p, 0) : 0;
      if (!f)
        return 0;
      *e = (u64)f << 12 | PRESENT | WRITABLE | (address < PHYSICAL_MAP ? USER : 0);
      if (isolated && p && l == 3)
        e[512] = *e; // in the user's top table, which lies behind
    } else if (*e & LARGE) {
      return 0;
    }
    t = table(*e);
  }
  return &t[slot_of(address, level)];
}

void nucleus_map(u64 address, u64 to, u64 bytes, u64 cache) {
  for (; bytes; address += PAGE, to += PAGE, bytes -= PAGE) {
    u64 *e = entry_at(nucleus_space, address, 0, true, 0);
    if (!e)
      panic("no memory for the nucleus's page tables");
    *e = to | cache | PRESENT | WRITABLE | GLOBAL | NO_EXECUTE;
  }
}

frame space_lookup(frame root, u64 address, u64 *entry) {
  u64 *t = arch_frame_address(root);
  for (unsigned l = 3;; l--) {
    u64 e = t[slot_of(address, l)];
    *entry = e;
    if (!(e & PRESENT))
      return 0;
    if (!l || e & LARGE)
      return (frame)(((e & ADDRESS_BITS) + (address & ((1ull << (12 + 9 * l)) - 1))) >> 12);
    t = table(e);
  }
}

void *device_map(u64 at, u64 bytes) {
  u64 first = at & ~(u64)(PAGE - 1), size = (at + bytes - first + PAGE - 1) & ~(u64)(PAGE - 1),
      address = next_device;
  nucleus_map(address, first, size, UNCACHED | WRITE_THROUGH);
  next_device += size + PAGE;
  return (void *)(address + at - first);
}

/// Whether a program can read what its tables hold for the nucleus alone: on Intel's processors
/// that do not say RDCL_NO (SDM volume 4, IA32_ARCH_CAPABILITIES).
static bool leaks(void) {
  u32 r[4];
  cpuid(0, 0, r);
  if (r[1] != 0x756e6547) // "Genu"
    return false;
  bool old = r[0] < 7;
  cpuid(7, 0, r);
  return old || !(r[3] & 1u << 29) || !(read_msr(0x10a) & 1);
}

/// The loader's tables become the nucleus's own.
void paging_start(void) {
  const char *wish = option("kpti");
  nucleus_space = (frame)(read_control(3) >> 12);
  isolated = wish[0] == 'o' ? wish[1] == 'n' : leaks();
  entry_space = isolated ? table_new(0, 0) : 0;
  cpu_isolate();
}

void isolate(u64 from, u64 to) {
  for (u64 *e; isolated && from < to; from += PAGE) {
    require(entry_space && (e = entry_at(entry_space, from, 0, true, 0)));
    *e = *entry_at(nucleus_space, from, 0, false, 0);
  }
}

/// The loader's last code and the trampoline are needed no more.
void paging_started(void) { memset(arch_frame_address(nucleus_space), 0, PAGE / 2); }

void paging_load(frame root) { write_control(3, (u64)root << 12); }

frame arch_space_create(struct process *p) {
  frame f = table_new(p, isolated);
  u64 *t = arch_frame_address(f);
  if (f)
    memcpy(t + 256, (u64 *)arch_frame_address(nucleus_space) + 256, PAGE / 2);
  if (f && isolated)
    t[1023] = ((u64 *)arch_frame_address(entry_space))[511];
  return f;
}

/// Frees the tables below a table's first `count` entries, the lowest level first, until `left`
/// runs out; true when all are gone.
static bool tables_free(struct budget *b, u64 *t, unsigned count, unsigned level, unsigned *left) {
  for (unsigned i = 0; i < count; i++) {
    if (!(t[i] & PRESENT))
      continue;
    if ((level > 1 && !tables_free(b, table(t[i]), 512, level - 1, left)) || !*left)
      return false;
    charged_frame_free(b, (frame)((t[i] & ADDRESS_BITS) >> 12), 0);
    t[i] = 0;
    --*left;
  }
  return true;
}

bool arch_space_destroy(struct process *p) {
  unsigned left = 8;
  if (!tables_free(p->budget, arch_frame_address(p->space), 256, 3, &left))
    return false;
  charged_frame_free(p->budget, p->space, isolated);
  p->space = 0;
  return true;
}

int arch_map(struct process *p, u64 address, frame f, unsigned protection, unsigned cache) {
  require(address >= ADDRESS_USER_BASE && address < ADDRESS_USER_END);
  require(!(protection & PROTECT_WRITE && protection & PROTECT_EXECUTE));
  u64 *e = entry_at(p->space, address, 0, true, p);
  if (!e)
    return failure;
  *e = (u64)f << 12 | PRESENT | USER | (protection & PROTECT_WRITE ? WRITABLE : 0) |
       (protection & PROTECT_EXECUTE ? 0 : NO_EXECUTE) |
       (cache == 1   ? UNCACHED | WRITE_THROUGH
        : cache == 2 ? ATTRIBUTE
                     : 0);
  return 0;
}

void arch_unmap(struct process *p, u64 address) {
  u64 *e = entry_at(p->space, address, 0, false, 0);
  if (e)
    *e = 0;
}

void arch_flush(struct process *p) {
  struct cpu *self = this_cpu();
  for (unsigned i = 0; i < cpu_count; i++)
    if (cpus[i] != self && cpus[i]->space == p->space) {
      __atomic_store_n(&cpus[i]->flush, 1, __ATOMIC_RELEASE);
      apic_send(cpus[i]->apic_id, VECTOR_FLUSH);
    }
  if (self->space == p->space)
    write_control(3, read_control(3));
  for (unsigned i = 0; i < cpu_count; i++)
    while (cpus[i] != self && __atomic_load_n(&cpus[i]->flush, __ATOMIC_ACQUIRE))
      __asm__ volatile("pause");
}

bool arch_device_range(u64 at, u64 bytes) {
  if (!bytes || at + bytes < at || at + bytes > 1ull << 44)
    return false;
  // These may be a device's or the firmware's tables; everything else is memory (UEFI 2.10, 7.2)
  const u32 others = 1u << EFI_RESERVED | 1u << EFI_ACPI | 1u << EFI_ACPI_NVS | 1u << EFI_MMIO |
                     1u << EFI_MMIO_PORTS;
  EACH_MEMORY(d)
  if ((d->type > EFI_MMIO_PORTS || !(others >> d->type & 1)) && at < memory_end(d) &&
      d->physical < at + bytes)
    return false;
  return true;
}
