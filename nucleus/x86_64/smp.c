// Starting the other processors: INIT, SIPI, SIPI to the page below 1 MiB that the loader set aside
// (SDM volume 3, section 9.4).
#include "cpu.h"

extern const u8 trampoline_begin[], trampoline_end[];

_Noreturn void cpu_main(struct cpu *c) {
  cpu_install(c);
  apic_start_cpu();
  c->space = nucleus_space;
  __atomic_store_n(&c->online, 1, __ATOMIC_RELEASE);
  lock();
  leave();
}

/// With the lock held: a started processor waits for it. One that does not come is left out of
/// cpu_count.
void smp_start(u64 trampoline) {
  cpus[0]->online = 1;
  if (!trampoline || acpi.processors < 2)
    return;
  u8 *page = physical(trampoline);
  memcpy(page, trampoline_begin, (size_t)(trampoline_end - trampoline_begin));
  u64 fixed[] = {(u64)nucleus_space << 12, 0, (u64)cpu_main, 0, trampoline};
  for (u32 i = 0; i < acpi.processors; i++) {
    if (acpi.apic_ids[i] == cpus[0]->apic_id)
      continue;
    struct cpu *c = cpu_create(cpu_count, acpi.apic_ids[i]);
    fixed[1] = c->stack_top;
    fixed[3] = (u64)c;
    memcpy(page + 8, fixed, sizeof fixed);
    apic_send(c->apic_id, 0x4500); // INIT
    delay(1000000);
    for (unsigned attempt = 0; attempt < 2 && !__atomic_load_n(&c->online, __ATOMIC_ACQUIRE);
         attempt++) {
      apic_send(c->apic_id, 0x4600 | (u32)(trampoline >> 12));
      for (u64 end = arch_now() + (attempt ? 500000000 : 20000000);
           arch_now() < end && !__atomic_load_n(&c->online, __ATOMIC_ACQUIRE);)
        __asm__ volatile("pause");
    }
    if (c->online)
      cpu_count++;
    else
      log_line("processor with APIC id %u did not start", c->apic_id);
  }
}
