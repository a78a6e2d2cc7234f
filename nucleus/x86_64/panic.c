// The last words of the nucleus: reason, place, registers and 16 stack frames with symbols, on COM1
// and on the screen, then halt or reboot. Nothing here takes the lock or allocates.
#include "cpu.h"
#include "screen.h"

struct symbol {
  u32 address, name;
};
static const struct symbol *symbols;
static u32 symbol_count, name_bytes;
static const char *names;
static volatile u32 panicking;
bool panic_reboots;
void serial_write(const char *text, size_t bytes);

void panic_start(const struct handover *h, const void *table, u64 bytes) {
  screen_start(h);
  const u32 *head = table;
  if (bytes < 8 || head[0] > bytes / sizeof(struct symbol) ||
      8 + head[0] * sizeof(struct symbol) + head[1] > bytes || !head[1])
    return;
  symbols = (const void *)(head + 2);
  names = (const char *)(symbols + head[0]);
  symbol_count = names[head[1] - 1] ? 0 : head[0];
  name_bytes = head[1];
}

static void say(const char *text) {
  size_t bytes = 0;
  while (text[bytes])
    bytes++;
  serial_write(text, bytes);
  screen_write(text, bytes);
}
static void say_hex(u64 value, unsigned digits) {
  char text[17];
  text[digits] = 0;
  for (unsigned i = 0; i < digits; i++)
    text[digits - 1 - i] = "0123456789abcdef"[value >> (4 * i) & 15];
  say(text);
}
static void say_number(u64 value) {
  char text[21], *at = text + 20;
  *at = 0;
  do
    *--at = (char)('0' + value % 10);
  while (value /= 10);
  say(at);
}

static void say_symbol(u64 address) {
  say("  ");
  say_hex(address, 16);
  u32 low = 0, high = symbol_count;
  while (address >= NUCLEUS_BASE && low < high) { // the last symbol at or below the address
    u32 middle = low + (high - low) / 2;
    if (symbols[middle].address <= address - NUCLEUS_BASE)
      low = middle + 1;
    else
      high = middle;
  }
  if (low && symbols[low - 1].name < name_bytes) {
    say(" ");
    say(names + symbols[low - 1].name);
    say(" + ");
    say_number(address - NUCLEUS_BASE - symbols[low - 1].address);
  }
  say("\n");
}

static bool readable(u64 address) {
  u64 entry;
  return !(address & 7) && address >= PHYSICAL_MAP &&
         space_lookup((frame)(read_control(3) >> 12 & 0xffffffff), address, &entry) &&
         space_lookup((frame)(read_control(3) >> 12 & 0xffffffff), address + 8, &entry);
}

static void begin(void) {
  __asm__ volatile("cli");
  if (__atomic_exchange_n(&panicking, 1, __ATOMIC_ACQ_REL))
    for (;;)
      __asm__ volatile("hlt"); // another processor speaks, or the report itself failed
  for (unsigned i = 0; i < cpu_count; i++)
    if (cpus[i] && cpus[i]->apic_id != apic_id())
      apic_send(cpus[i]->apic_id, 0x4400); // NMI
  say("\nUUSI PANIC: ");
}

static _Noreturn void finish(u64 instruction, u64 stack_frame) {
  say("stack:\n");
  say_symbol(instruction);
  for (unsigned n = 1; n < 16 && readable(stack_frame); n++) {
    u64 next = ((u64 *)stack_frame)[0], back = ((u64 *)stack_frame)[1];
    if (!back)
      break;
    say_symbol(back);
    if (next <= stack_frame)
      break;
    stack_frame = next;
  }
  if (panic_reboots) {
    say("rebooting\n");
    firmware_reset(false);
  }
  say("halted\n");
  for (;;)
    __asm__ volatile("cli; hlt");
}

static void say_registers(const u64 *values, const char *const *titles, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    say(titles[i]);
    say(" ");
    say_hex(values[i], 16);
    say(i % 4 == 3 || i + 1 == count ? "\n" : "  ");
  }
}

void panic_at(const char *file, int line, const char *reason) {
  u64 r[16], frame_pointer = (u64)__builtin_frame_address(0);
  __asm__ volatile(
      "mov %%rax, 0(%0); mov %%rbx, 8(%0); mov %%rcx, 16(%0); mov %%rdx, 24(%0); mov %%rsi, "
      "32(%0); mov %%rdi, 40(%0);"
      "mov %%rbp, 48(%0); mov %%rsp, 56(%0); mov %%r8, 64(%0); mov %%r9, 72(%0); mov %%r10, "
      "80(%0); mov %%r11, 88(%0);"
      "mov %%r12, 96(%0); mov %%r13, 104(%0); mov %%r14, 112(%0); mov %%r15, 120(%0)" ::"r"(r)
      : "memory");
  static const char *const titles[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
                                       "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15"};
  begin();
  say(reason);
  say(" at ");
  say(file);
  say(":");
  say_number((u64)line);
  say("\n");
  say_registers(r, titles, 16);
  finish(((u64 *)frame_pointer)[1], ((u64 *)frame_pointer)[0]);
}

void panic_fault(struct registers *r) {
  static const char *const names_of[] = {"divide error",
                                         "debug",
                                         "non-maskable interrupt",
                                         "breakpoint",
                                         "overflow",
                                         "bound range",
                                         "invalid instruction",
                                         "no coprocessor",
                                         "double fault",
                                         "coprocessor overrun",
                                         "invalid TSS",
                                         "segment not present",
                                         "stack segment fault",
                                         "general protection",
                                         "page fault",
                                         "reserved",
                                         "x87 error",
                                         "alignment check",
                                         "machine check",
                                         "SIMD error"};
  static const char *const titles[] = {"rdi", "rsi", "rdx", "r10", "r8 ", "r9 ", "r15", "r14",
                                       "r13", "r12", "r11", "rbp", "rcx", "rbx", "rax", "vec",
                                       "err", "rip", "cs ", "flg", "rsp", "ss ", "cr2", "cr3"};
  begin();
  say(r->vector < 20 ? names_of[r->vector] : "exception");
  say(" in the nucleus\n");
  u64 values[24];
  memcpy(values, r, sizeof *r);
  values[22] = read_control(2);
  values[23] = read_control(3);
  say_registers(values, titles, 24);
  finish(r->rip, r->rbp);
}
