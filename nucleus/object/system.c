// What concerns the whole machine: start-up of the pure parts, figures, power, clock.
#include "../nucleus.h"
#include <string.h>

bool hardware_seed;

void objects_init(void *metadata, frame first, u64 count) { frames_init(metadata, first, count); }

SYSCALL(system_info) {
  u8 *out = t->buffer + LIMIT_SCRATCH_OFFSET;
  memset(out, 0, AT_SYSTEM_INFO_SIZE);
  *(u64 *)(out + AT_SYSTEM_INFO_TOTAL_PAGES) = frames_total();
  *(u64 *)(out + AT_SYSTEM_INFO_FREE_PAGES) = frames_free_count();
  *(u64 *)(out + AT_SYSTEM_INFO_UPTIME) = arch_now();
  *(u32 *)(out + AT_SYSTEM_INFO_CPUS) = arch_cpus();
  *(u32 *)(out + AT_SYSTEM_INFO_PROCESSES) = process_count;
  *(u64 *)(out + AT_SYSTEM_INFO_SLAB_PAGES) = slab_pages();
  *(u64 *)(out + AT_SYSTEM_INFO_QUARANTINED_PAGES) = quarantined_pages;
  *(u32 *)(out + AT_SYSTEM_INFO_HARDWARE_SEED) = hardware_seed;
  for (unsigned i = 0; i < arch_cpus(); i++)
    *(u64 *)(out + AT_SYSTEM_INFO_CPU_BUSY + 8 * i) = sched_busy(i);
  return 0;
}

SYSCALL(system_control) {
  switch (a[1]) {
  case CONTROL_POWER_OFF:
    return arch_power_off(), 0;
  case CONTROL_REBOOT:
    return arch_reboot(), 0;
  case CONTROL_PANIC:
    panic("asked for by a process");
  case CONTROL_RECLAIM:
    if (!t->progress++)
      orphans_look();
    for (struct list *l = all_processes.next; l != &all_processes; l = l->next)
      if (process_forget_spare(container_of(l, struct process, all)))
        return RESTART;
    if (object_reap_pending())
      object_reap_slice();
    else if (!orphans_slice())
      return slab_reclaim(), 0;
    return RESTART;
    return 0;
  default:
    return ERROR_BAD_ARGUMENT;
  }
}

SYSCALL(clock) {
  u64 now = arch_now();
  t->second = arch_clock(now);
  return (s64)now;
}
