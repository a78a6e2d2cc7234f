// From the loader's jump to the first process: memory, processors, self-checks, `init`. The lines
// printed here are promises: each stands behind a check that has just run (docs/design.md,
// transcript).
#include "first.h"
#include "serial.h"

const struct handover *boot;
static void *kept_map; // the firmware's map, for as long as the system runs

static bool free_memory(const struct efi_memory *d) {
  return d->type == EFI_LOADER_CODE || d->type == EFI_BOOT_CODE || d->type == EFI_BOOT_DATA ||
         d->type == EFI_CONVENTIONAL;
}

/// Frames below 1 MiB stay out (firmware data, starting processors), and so does the allocator's
/// own table.
static void frames_start(void) {
  u64 top = 0, place = 0, least = 1u << 20;
  EACH_MEMORY(d)
  if (free_memory(d) && memory_end(d) > top)
    top = memory_end(d);
  u64 metadata = (frames_metadata(top >> 12) + PAGE - 1) & ~(u64)(PAGE - 1);
  EACH_MEMORY(d)
  if (!place && free_memory(d) && d->physical >= least && d->pages * PAGE >= metadata)
    place = d->physical;
  if (!place)
    panic("no room for the page allocator's table; give the machine more memory");
  frames_init(physical(place), 0, top >> 12);
  EACH_MEMORY(d) {
    u64 from = d->physical == place ? place + metadata : d->physical < least ? least : d->physical;
    if (free_memory(d) && from < memory_end(d))
      frames_release((frame)(from >> 12), (memory_end(d) - from) >> 12);
  }
}

/// Copies the firmware's map where it stays. The loader's buffer is what the firmware wrote.
static void map_keep(void) {
  unsigned order = 0;
  while ((u64)PAGE << order < boot->map_bytes)
    order++;
  frame f = frames_allocate(order);
  require(f);
  kept_map = arch_frame_address(f);
  memcpy(kept_map, physical(boot->map), boot->map_bytes);
}

/// Blocks of every order: distinct, writable through, and the count of free pages returns.
static bool frames_check(void) {
  u64 before = frames_free_count();
  frame block[11];
  bool good = true;
  for (unsigned order = 0; order <= 10; order++) {
    block[order] = frames_allocate(order);
    if (!block[order])
      return false;
    *(u64 *)arch_frame_address(block[order]) = block[order];
    *(u64 *)arch_frame_address(block[order] + (1u << order) - 1) = block[order];
  }
  for (unsigned order = 0; order <= 10; order++) {
    good &= *(u64 *)arch_frame_address(block[order]) == block[order];
    good &= *(u64 *)arch_frame_address(block[order] + (1u << order) - 1) == block[order];
    frames_free(block[order], order);
  }
  frame lowest = frames_allocate(0); // deterministic: the same again
  frames_free(lowest, 0);
  return good && lowest == block[0] && frames_free_count() == before;
}

/// The nucleus's tables keep write and execute apart and leave the guards out; slab blocks are
/// zeroed, distinct and come back.
static bool memory_check(void) {
  u64 entry;
  bool good =
      space_lookup(nucleus_space, (u64)memory_check, &entry) && !(entry >> 63) && !(entry & 2);
  good &= space_lookup(nucleus_space, (u64)&boot, &entry) && entry >> 63 && entry & 2;
  u64 text = (u64)space_lookup(nucleus_space, (u64)memory_check, &entry) << 12;
  good &= space_lookup(nucleus_space, PHYSICAL_MAP + text, &entry) && entry >> 63 && !(entry & 2);
  good &= !space_lookup(nucleus_space, this_cpu()->stack_top - STACK_BYTES - 8, &entry);
  good &= space_lookup(nucleus_space, this_cpu()->stack_top - 8, &entry) != 0;
  slab_reclaim();
  u64 before = frames_free_count();
  u8 *block[64];
  for (unsigned i = 0; i < 64; i++) {
    block[i] = slab_allocate(32 << i % 7);
    good &= block[i] && !block[i][0] && !block[i][(32 << i % 7) - 1];
    if (block[i])
      memset(block[i], (int)i + 1, 32u << i % 7);
  }
  for (unsigned i = 0; i < 64; i++) {
    good &= block[i] && block[i][0] == i + 1 && block[i][(32 << i % 7) - 1] == i + 1;
    slab_free(block[i]);
  }
  slab_reclaim();
  return good && frames_free_count() == before;
}

static void self_check(void) {
  bool smoke = option("smoke")[0] == '1';
  if (!memcmp(kept_map, physical(boot->map), boot->map_bytes))
    log_line("[ok] uefi memory map preserved");
  else
    log_line("self-check failed: the kept memory map differs from the firmware's");
  if (smoke)
    log_line("[ok] kernel_main entered");
  if (!frames_check())
    panic("self-check of the page allocator failed");
  u64 tenths = frames_free_count() * PAGE / ((1u << 30) / 10);
  if (!smoke)
    log_line("[ok] pmm online, %u.%u GiB available", (u32)(tenths / 10), (u32)(tenths % 10));
  if (!memory_check())
    panic("self-check of page tables and slab heap failed");
  if (!smoke)
    return log_line("[ok] vmm + slab heap up");
  log_line("[ok] smoke pass: UUSI_SMOKE_PASS");
  arch_power_off();
}

/// entry.asm, on the loader's stack and tables, interrupts off.
_Noreturn void nucleus_main(const struct handover *h) {
  boot = h;
  serial_start();
  cpu_early();
  if (h->magic != HANDOVER_MAGIC)
    panic("the loader handed over something else than this nucleus expects");
  panic_reboots = option("panic")[0] == 'r';
  frames_start();
  paging_start();
  map_keep();
  struct cpu *c = cpu_create(0, 0);
  cpu_install(c);
  c->space = nucleus_space;
  cpu_count = 1;
  const struct boot_image_entry *symbols = image_entry("nucleus.symbols");
  panic_start(symbols ? image_bytes(symbols) : 0, symbols ? symbols->length : 0);
  acpi_read(h->rsdp);
  time_start();
  apic_start();
  c->apic_id = apic_id();
  firmware_start();
  self_check();
  panic_tell();
  if (option("panic_test")[0] == '1')
    panic("panic test, as asked");
  lock();
  smp_start(h->trampoline);
  paging_started();
  slab_reclaim();
  arch_first(0);
  leave();
}
