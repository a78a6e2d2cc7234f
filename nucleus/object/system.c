// What concerns the whole machine: start-up of the pure parts, figures, power, clock.
#include "../nucleus.h"

bool hardware_seed;

SYSCALL(system_info) {
  struct system_info *out = (void *)(t->buffer + LIMIT_SCRATCH_OFFSET);
  *out = (struct system_info){.total_pages = frames_total(),
                              .free_pages = frames_free_count(),
                              .uptime = arch_now(),
                              .cpus = arch_cpus(),
                              .processes = process_count,
                              .slab_pages = slab_pages(),
                              .quarantined_pages = quarantined_pages,
                              .hardware_seed = hardware_seed};
  for (unsigned i = 0; i < arch_cpus(); i++)
    out->cpu_busy[i] = sched_busy(i);
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
  case CONTROL_ALIVE:
    return deadline_set(&first_watch, arch_now() + a[2]), 0;
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
  default:
    return ERROR_BAD_ARGUMENT;
  }
}

SYSCALL(clock) {
  u64 now = arch_now();
  t->second = arch_clock(now);
  return (s64)now;
}
