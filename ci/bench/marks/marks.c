// Linked to the nucleus of `uusi bench boot`, in front of whatever writes to COM1: every line there
// begins with the time stamp counter, as `@COUNT ` in 16 hexadecimal digits. Before the first stand
// the counter at the loader's start and at its jump; the start of the first thread is a line of its
// own.
#include "first.h"
#include "serial.h"
#include "x86_64/cpu.h"

void __real_serial_put(char c);
void __real_arch_io_write(u16 port, unsigned width, u32 value);
void __real_thread_begin(struct thread *t);

static bool begun, inside,
    process; // the loader's marks are out; a line, the first process has begun

static void put(u8 c) {
  __asm__ volatile("outb %b0, %w1" ::"a"(c), "d"(COM1));
  while (!(arch_io_read(COM1 + COM1_LINE_STATUS, 1) & 0x20))
    ; // leaves the queue empty for the writer
}

static void put_mark(u64 count, const char *text) {
  put('@');
  for (int shift = 60; shift >= 0; shift -= 4)
    put((u8) "0123456789abcdef"[count >> shift & 15]);
  while (*text)
    put((u8)*text++);
}

static void mark_byte(u8 c) {
  if (arch_io_read(COM1 + COM1_LINE_CONTROL, 1) & 0x80) // the register is the divisor's now
    return;
  u64 now = read_tsc();
  if (!begun) {
    begun = true;
    put_mark(boot->started, " loader\r\n");
    put_mark(boot->tsc, " hand-over\r\n");
  }
  if (!inside && c != '\r' && c != '\n')
    put_mark(now, " ");
  inside = c != '\n' && (inside || c != '\r');
}

void __wrap_serial_put(char c) {
  mark_byte((u8)c);
  __real_serial_put(c);
}

void __wrap_arch_io_write(u16 port, unsigned width, u32 value) {
  if (port == COM1 && width == 1)
    mark_byte((u8)value);
  __real_arch_io_write(port, width, value);
}

void __wrap_thread_begin(struct thread *t) {
  if (!process)
    log_line("first process");
  process = true;
  __real_thread_begin(t);
}
