// The end of the machine: UEFI's ResetSystem on an identity map of the runtime regions (a page
// table of its own, the one exception to write-xor-execute), then the FADT's reset register, then
// port 0xCF9.
#include "cpu.h"

static const struct handover *from;
static frame runtime_space;

static void identity(u64 address) {
  u64 *t = arch_frame_address(runtime_space);
  for (unsigned level = 3; level; level--) {
    u64 *e = &t[address >> (12 + 9 * level) & 511];
    if (!*e) {
      frame f = frames_allocate(0);
      if (!f)
        return;
      memset(arch_frame_address(f), 0, PAGE);
      *e = (u64)f << 12 | 3;
    }
    t = physical(*e & ~(u64)(PAGE - 1));
  }
  t[address >> 12 & 511] = address | 3;
}

void firmware_start(const struct handover *h) {
  from = h;
  runtime_space = frames_allocate(0);
  require(runtime_space);
  memset(arch_frame_address(runtime_space), 0, PAGE / 2);
  memcpy((u64 *)arch_frame_address(runtime_space) + 256,
         (u64 *)arch_frame_address(nucleus_space) + 256, PAGE / 2);
  for (u64 at = 0; at < h->map_bytes; at += h->map_descriptor_bytes) {
    const u8 *d = (const u8 *)physical(h->map) + at;
    u64 start = *(const u64 *)(d + 8), pages = *(const u64 *)(d + 24);
    if (*(const u64 *)(d + 32) >> 63) // EFI_MEMORY_RUNTIME
      for (u64 i = 0; i < pages && i < 1u << 16; i++)
        identity(start + i * PAGE);
  }
  for (u64 i = 0; i < 2; i++) // the system table may lie across a page's end
    identity((h->system_table & ~(u64)(PAGE - 1)) + i * PAGE);
}

void firmware_reset(bool power_off) {
  __asm__ volatile("cli");
  if (from && from->system_table && runtime_space) {
    write_control(4, read_control(4) & ~(u64)(1u << 20 | 1u << 21));
    paging_load(runtime_space);
    // EFI_SYSTEM_TABLE.RuntimeServices at 88, ResetSystem at 104 of it; EfiResetCold 0,
    // EfiResetShutdown 2 (UEFI 2.10, 4.3, 8.5)
    u64 services = *(volatile u64 *)(from->system_table + 88);
    __attribute__((ms_abi)) void (*reset)(u32, u64, u64, void *) =
        (void *)*(volatile u64 *)(services + 104);
    reset(power_off ? 2 : 0, 0, 0, 0);
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
