// Time: the processor's time stamp counter, measured against the ACPI power management timer
// (3.579545 MHz) or the HPET.
#include "cpu.h"

u64 tsc_khz;
static u64 base, multiplier; // ns = ticks * multiplier >> 32
static u64 clock_at_base;    // ns since 1970, 0 unknown

u64 ticks_to_ns(u64 ticks) { return (u64)((unsigned __int128)ticks * multiplier >> 32); }
u64 arch_now(void) { return ticks_to_ns(read_tsc() - base); }
u64 arch_clock(u64 now) { return clock_at_base ? clock_at_base + now : 0; }
void delay(u64 ns) {
  for (u64 end = arch_now() + ns; arch_now() < end;)
    __asm__ volatile("pause");
}

/// A counter that runs at a known rate: its value, and the femtoseconds of a step.
static volatile u64 *hpet;
static u64 reference(u64 *step, u64 *mask) {
  if (acpi.timer_port) {
    *step = 279365115; // 1 / 3.579545 MHz
    *mask = 0xffffff;
    return arch_io_read((u16)acpi.timer_port, 4) & *mask;
  }
  *step = hpet[0] >> 32;
  *mask = 0xffffffff;
  return hpet[0xf0 / 8] & *mask;
}

/// The reference and the time stamp of one moment: of several tries the one that took the shortest,
/// since the host may halt a virtual processor between two reads, which would make the clock run
/// several times too fast or too slow.
static u64 moment(u64 *tsc, u64 *step, u64 *mask) {
  u64 best = ~0ull, value = 0;
  for (int i = 0; i < 16; i++) {
    u64 before = read_tsc(), seen = reference(step, mask), took = read_tsc() - before;
    if (took < best) {
      best = took, value = seen;
      *tsc = before + took / 2;
    }
  }
  return value;
}

void time_start(void) {
  if (!acpi.timer_port) {
    if (!acpi.hpet)
      panic("neither a power management timer nor an HPET to measure the clock with");
    hpet = device_map(acpi.hpet, 0x400);
    hpet[2] = hpet[2] | 1; // run
  }
  u64 step, mask, begin, end, passed, from = moment(&begin, &step, &mask);
  do {
    passed = (moment(&end, &step, &mask) - from) & mask;
  } while (passed * (step / 1000) < 10000000000); // 10 ms in picoseconds
  u64 ticks = end - begin, ns = passed * (step / 1000) / 1000;
  tsc_khz = ticks * 1000000 / ns;
  multiplier = (ns << 32) / ticks;
  base = boot->tsc;
  clock_at_base = boot->clock * 1000000000;
}
