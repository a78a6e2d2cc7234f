// Local APIC (memory-mapped and x2APIC), its one-shot timer, I/O APICs, and the lines behind
// interrupt objects. Registers: Intel SDM volume 3, chapter 11; I/O APIC: 82093AA data sheet.
#include "cpu.h"

enum { ID = 0x2, END = 0xb, SPURIOUS = 0xf, COMMAND = 0x30, COMMAND_HIGH = 0x31 };
enum { TIMER = 0x32, COUNT = 0x38, NOW = 0x39, DIVIDE = 0x3e };

static volatile u32 *local;
static bool x2apic;
static u64 timer_khz;
static volatile u32 *io_apic[8];

static u32 get(unsigned reg) { return x2apic ? (u32)read_msr(0x800 + reg) : local[reg * 4]; }
static void set(unsigned reg, u32 value) {
  if (x2apic)
    write_msr(0x800 + reg, value);
  else
    local[reg * 4] = value;
}

u32 apic_id(void) { return x2apic ? get(ID) : get(ID) >> 24; }

void apic_send(u32 to, u32 command) {
  if (x2apic) {
    write_msr(0x830, (u64)to << 32 | command);
    return;
  }
  while (get(COMMAND) & 1u << 12)
    __asm__ volatile("pause");
  set(COMMAND_HIGH, to << 24);
  set(COMMAND, command);
}

void apic_end_of_interrupt(void) { set(END, 0); }

void arch_kick(unsigned cpu) {
  if (cpus[cpu] != this_cpu())
    apic_send(cpus[cpu]->apic_id, VECTOR_KICK);
}

void apic_start_cpu(void) {
  set(SPURIOUS, 0x100 | VECTOR_SPURIOUS);
  set(DIVIDE, 0xb); // by 1
  set(TIMER, VECTOR_TIMER);
}

void apic_timer(u64 at) {
  struct cpu *c = this_cpu();
  if (at == c->timer_at)
    return;
  c->timer_at = at;
  if (at == NEVER) {
    set(COUNT, 0);
    return;
  }
  u64 now = arch_now(), wait = at > now ? at - now : 0;
  if (wait > 1000000000) // an early shot only looks at the clock again
    wait = 1000000000;
  u64 ticks = wait * timer_khz / 1000000 + 1;
  set(COUNT, ticks > 0xffffffff ? 0xffffffff : (u32)ticks);
}

static u32 io_get(unsigned n, u32 reg) {
  io_apic[n][0] = reg;
  return io_apic[n][4];
}
static void io_set(unsigned n, u32 reg, u32 value) {
  io_apic[n][0] = reg;
  io_apic[n][4] = value;
}

/// The I/O APIC and pin of an ISA line: false when no I/O APIC has it.
static bool pin_of(int line, unsigned *n, u32 *pin) {
  u32 input = acpi.isa[line].input;
  for (*n = 0; *n < acpi.io_apic_count; ++*n) {
    u32 last = io_get(*n, 1) >> 16 & 0xff;
    *pin = input - acpi.io_apics[*n].base;
    if (input >= acpi.io_apics[*n].base && *pin <= last)
      return true;
  }
  return false;
}

static bool level_triggered(int line) {
  return (acpi.isa[line].flags >> 2 & 3) == 3; // MPS INTI flags, ACPI 6.5, table 5.28
}

static void pin_set(int line, bool masked) {
  unsigned n;
  u32 pin;
  if (!pin_of(line, &n, &pin))
    return;
  bool low = (acpi.isa[line].flags & 3) == 3;
  io_set(n, 0x11 + 2 * pin, cpus[0]->apic_id << 24);
  io_set(n, 0x10 + 2 * pin,
         (u32)(VECTOR_ISA + line) | (low ? 1u << 13 : 0) | (level_triggered(line) ? 1u << 15 : 0) |
             (masked ? 1u << 16 : 0));
}

bool arch_interrupt_exists(u32 line) {
  unsigned n;
  u32 pin;
  return line < ISA_LINES ? pin_of((int)line, &n, &pin) : line <= VECTOR_LAST - VECTOR_ISA;
}

// An edge that arrives while its pin is masked is lost, and a message can't be held back: for those
// the interrupt object's pending bit is the mask. Only level-triggered pins are masked in hardware
// for a time, since they would interrupt for ever.
void arch_interrupt_mask(int line, bool for_good) {
  if (line < ISA_LINES && (for_good || level_triggered(line)))
    pin_set(line, true);
}
void arch_interrupt_unmask(int line) {
  if (line < ISA_LINES)
    pin_set(line, false);
}

s64 arch_interrupt_message(int line, u64 *data) {
  *data = (u64)(VECTOR_ISA + line);
  return 0xfee00000 | (s64)cpus[0]->apic_id << 12;
}

void apic_start(void) {
  x2apic = read_msr(0x1b) & 1u << 10;
  if (!x2apic)
    local = device_map(acpi.local_apic, PAGE);
  for (unsigned n = 0; n < acpi.io_apic_count; n++) {
    io_apic[n] = device_map(acpi.io_apics[n].address, 0x20);
    for (u32 pin = 0; pin <= (io_get(n, 1) >> 16 & 0xff); pin++)
      io_set(n, 0x10 + 2 * pin, 1u << 16);
  }
  arch_io_write(0x21, 1, 0xff); // the old controllers stay silent
  arch_io_write(0xa1, 1, 0xff);
  apic_start_cpu();
  set(TIMER, 1u << 16 | VECTOR_TIMER); // masked while it is measured
  set(COUNT, 0xffffffff);
  u64 begin = read_tsc(), from = get(NOW);
  delay(5000000);
  u64 to = get(NOW), ns = ticks_to_ns(read_tsc() - begin);
  timer_khz = (from - to) * 1000000 / ns;
  set(COUNT, 0);
  set(TIMER, VECTOR_TIMER);
}
