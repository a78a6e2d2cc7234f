// What concerns the whole machine: start-up of the pure parts, figures, power, clock.
#include "../nucleus.h"
#include <string.h>

bool hardware_seed;

void objects_init(void *metadata, frame first, u64 count) { frames_init(metadata, first, count); }

s64 sys_system_info(struct thread *t, const u64 *a) {
  int error;
  if (!checked(t, a[0], KIND_SYSTEM, RIGHT_INFO, &error))
    return error;
  u8 *out = t->buffer + LIMIT_SCRATCH_OFFSET;
  u64 pages[] = {frames_total(), frames_free_count(), arch_now()},
      slabs[] = {slab_pages(), quarantined_pages};
  u32 counts[] = {arch_cpus(), process_count}, seed[] = {hardware_seed, 0};
  memset(out, 0, AT_SYSTEM_INFO_SIZE);
  memcpy(out + AT_SYSTEM_INFO_TOTAL_PAGES, pages, sizeof pages);
  memcpy(out + AT_SYSTEM_INFO_CPUS, counts, sizeof counts);
  memcpy(out + AT_SYSTEM_INFO_SLAB_PAGES, slabs, sizeof slabs);
  memcpy(out + AT_SYSTEM_INFO_HARDWARE_SEED, seed, sizeof seed);
  for (unsigned i = 0; i < arch_cpus(); i++) {
    u64 busy = sched_busy(i);
    memcpy(out + AT_SYSTEM_INFO_CPU_BUSY + 8 * i, &busy, 8);
  }
  return 0;
}

s64 sys_system_control(struct thread *t, const u64 *a) {
  int error;
  if (!checked(t, a[0], KIND_SYSTEM, RIGHT_MANAGE, &error))
    return error;
  switch (a[1]) {
  case CONTROL_POWER_OFF:
    arch_power_off();
    return 0;
  case CONTROL_REBOOT:
    arch_reboot();
    return 0;
  case CONTROL_PANIC:
    panic("asked for by a process");
  case CONTROL_RECLAIM:
    if (object_reap_pending()) {
      object_reap_slice();
      return RESTART;
    }
    slab_reclaim();
    return 0;
  default:
    return ERROR_BAD_ARGUMENT;
  }
}

s64 sys_clock(struct thread *t, const u64 *a) {
  (void)a;
  t->second = arch_clock();
  return (s64)arch_now();
}
