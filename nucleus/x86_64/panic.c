// The last words of the nucleus: reason, place, registers and 16 stack frames with symbols, on COM1
// and on the screen, then halt or reboot. Nothing here takes the lock or allocates.
#include "cpu.h"
#include <stdarg.h>

struct symbol {
  u32 address, name;
};
static const struct symbol *symbols;
static u32 symbol_count, name_bytes;
static const char *names;
static volatile u32 panicking;
static struct panic_record *record;
bool panic_reboots;

void panic_start(const void *table, u64 bytes) {
  screen_start();
  const u32 *head = table;
  if (bytes < 8 || head[0] > bytes / sizeof(struct symbol) ||
      8 + head[0] * sizeof(struct symbol) + head[1] > bytes || !head[1])
    return;
  symbols = (const void *)(head + 2);
  names = (const char *)(symbols + head[0]);
  symbol_count = names[head[1] - 1] ? 0 : head[0];
  name_bytes = head[1];
}

static void say(const char *format, ...) {
  char text[LOG_LINE];
  va_list list;
  va_start(list, format);
  size_t bytes = line_format(text, format, list);
  va_end(list);
  serial_write(text, bytes);
  screen_write(text, bytes);
  for (size_t i = 0; record && i < bytes && record->bytes < sizeof record->text; i++)
    record->sum += (u8)(record->text[record->bytes++] = text[i]);
}

/// Logs what the panic before this start said, once.
void panic_tell(void) {
  struct panic_record *r = boot->panic_record ? physical(boot->panic_record) : 0;
  u32 sum = 0, from = 0;
  if (!r || r->magic != PANIC_RECORD_MAGIC || r->bytes > sizeof r->text)
    return;
  r->magic = 0;
  for (u32 i = 0; i < r->bytes; i++)
    sum += (u8)r->text[i];
  for (u32 i = 0; i < r->bytes && sum == r->sum; i++) {
    if (r->text[i] != '\n')
      continue;
    r->text[i] = 0;
    log_line("before this start: %s", r->text + from);
    from = i + 1;
  }
}

static void say_symbol(u64 address) {
  u32 low = 0, high = symbol_count;
  while (address >= NUCLEUS_BASE && low < high) { // the last symbol at or below the address
    u32 middle = low + (high - low) / 2;
    if (symbols[middle].address <= address - NUCLEUS_BASE)
      low = middle + 1;
    else
      high = middle;
  }
  if (low && symbols[low - 1].name < name_bytes)
    say("  %X %s + %U\n", address, names + symbols[low - 1].name,
        address - NUCLEUS_BASE - symbols[low - 1].address);
  else
    say("  %X\n", address);
}

static bool readable(u64 address) {
  u64 entry;
  return !(address & 7) && address >= PHYSICAL_MAP &&
         space_lookup((frame)(read_control(3) >> 12 & 0xffffffff), address, &entry) &&
         space_lookup((frame)(read_control(3) >> 12 & 0xffffffff), address + 8, &entry);
}

static _Noreturn void halt(void) {
  for (;;)
    __asm__ volatile("cli; hlt");
}

/// The reason of a panic that is no exception: panic_at raises one, so that all registers are seen.
static struct {
  const char *file, *reason;
  u32 line;
} told;

void panic_at(const char *file, int line, const char *reason) {
  told.file = file;
  told.line = (u32)line;
  told.reason = reason;
  __asm__ volatile("ud2");
  halt();
}

void panic_fault(struct registers *r) {
  static const char titles[][4] = {"rdi", "rsi", "rdx", "r10", "r8 ", "r9 ", "r15", "r14",
                                   "r13", "r12", "r11", "rbp", "rcx", "rbx", "rax", "vec",
                                   "err", "rip", "cs ", "flg", "rsp", "ss ", "cr2", "cr3"};
  u64 values[24], at = r->rbp;
  if (__atomic_exchange_n(&panicking, 1, __ATOMIC_ACQ_REL))
    halt(); // another processor speaks, or the report itself failed
  for (unsigned i = 0; i < cpu_count; i++)
    if (cpus[i] && cpus[i]->apic_id != apic_id())
      apic_send(cpus[i]->apic_id, 0x4400); // NMI
  record = boot->panic_record ? physical(boot->panic_record) : 0;
  if (record)
    *record = (struct panic_record){.magic = PANIC_RECORD_MAGIC};
  if (told.reason)
    say("\nUUSI PANIC: %s at %s:%u\n", told.reason, told.file, told.line);
  else // by its vector: 13 general protection, 14 page fault (SDM volume 3, table 6-1)
    say("\nUUSI PANIC: exception %U in the nucleus\n", r->vector);
  memcpy(values, r, sizeof *r);
  values[22] = read_control(2);
  values[23] = read_control(3);
  for (unsigned i = 0; i < 24; i++)
    say("%s %X%s", titles[i], values[i], i % 4 == 3 ? "\n" : "  ");
  say("stack:\n");
  say_symbol(r->rip);
  for (unsigned n = 1; n < 16 && readable(at); n++) {
    u64 next = ((u64 *)at)[0], back = ((u64 *)at)[1];
    if (!back)
      break;
    say_symbol(back);
    if (next <= at)
      break;
    at = next;
  }
  __asm__ volatile("wbinvd"); // a reset drops what only caches hold
  if (panic_reboots) {
    say("rebooting\n");
    firmware_reset(false);
  }
  say("halted\n");
  halt();
}
