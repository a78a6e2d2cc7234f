// The end of the machine: UEFI's ResetSystem on an identity map of the runtime regions (a page
// table of its own, the one exception to write-xor-execute), then the FADT's reset register, then
// port 0xCF9.
#include "cpu.h"

static frame runtime_space;

static void identity(u64 address, u64 pages) {
  for (u64 *e; pages--; address += PAGE) {
    require((e = entry_at(runtime_space, address, 0, true, 0)));
    *e = address | 3;
  }
}

void firmware_start(void) {
  runtime_space = arch_space_create(0);
  require(runtime_space);
  EACH_MEMORY(d)
  if (d->attributes & EFI_MEMORY_RUNTIME && d->pages < 1u << 16)
    identity(d->physical, d->pages);
  identity(boot->system_table & ~(u64)(PAGE - 1), 2); // it may lie across a page's end
}

void firmware_reset(bool power_off) {
  __asm__ volatile("cli");
  if (runtime_space && boot->system_table) {
    write_control(4, read_control(4) & ~(u64)(1u << 20 | 1u << 21));
    paging_load(runtime_space);
    const struct efi_system_table *table = (void *)boot->system_table;
    __attribute__((ms_abi)) void (*reset)(u32, u64, u64, void *) = table->runtime->reset;
    reset(power_off ? EFI_RESET_SHUTDOWN : EFI_RESET_WARM, 0, 0, 0);
    paging_load(nucleus_space);
  }
  if (!power_off) {
    if (acpi.reset.space == 1)
      arch_io_write((u16)acpi.reset.address, 1, acpi.reset.value);
    arch_io_write(0xcf9, 1, 2);
    arch_io_write(0xcf9, 1, 6);
  }
}

void arch_power_off(void) {
  firmware_reset(true);
  panic("the firmware did not power the machine off; switch it off by hand");
}
void arch_reboot(void) {
  firmware_reset(false);
  panic("the machine did not reset; switch it off by hand");
}
