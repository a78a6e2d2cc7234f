// Only in the build of `uusi bench boot` (BOOT_MARKS): every line on COM1, whoever writes it,
// begins with the time stamp counter, as
// `@COUNT ` in 16 hexadecimal digits. Before the first stand the counter at the loader's start and
// at its jump.
#ifdef BOOT_MARKS
#include "../first.h"
#include "../serial.h"
#include "cpu.h"

static bool begun, inside; // the marks of the loader are out; the line has begun

static void put(u8 c) {
  __asm__ volatile("outb %b0, %w1" ::"a"(c), "d"(COM1));
  while (
      !(arch_io_read(COM1 + COM1_LINE_STATUS, 1) & 0x20)) // leaves the queue empty for the writer
    ;
}

static void put_mark(u64 count, const char *text) {
  put('@');
  for (int shift = 60; shift >= 0; shift -= 4)
    put((u8) "0123456789abcdef"[count >> shift & 15]);
  while (*text)
    put((u8)*text++);
}

/// Comes before each byte that is written to COM1's data register.
void mark_byte(u8 c) {
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
#endif
