// Debug output on COM1 (16550), polled, until a process takes its I/O ports; from then on only a
// panic writes here.
#include "cpu.h"

enum { COM1 = 0x3f8 };
static bool present, taken;

u32 arch_io_read(u16 port, unsigned width) {
  u32 value = 0;
  if (width == 1)
    __asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
  else if (width == 2)
    __asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
  else
    __asm__ volatile("inl %w1, %0" : "=a"(value) : "d"(port));
  return value;
}
void mark_byte(u8 c);
void arch_io_write(u16 port, unsigned width, u32 value) {
#ifdef BOOT_MARKS
  if (port == COM1 && width == 1)
    mark_byte((u8)value);
#endif
  if (width == 1)
    __asm__ volatile("outb %b0, %w1" ::"a"(value), "d"(port));
  else if (width == 2)
    __asm__ volatile("outw %w0, %w1" ::"a"(value), "d"(port));
  else
    __asm__ volatile("outl %0, %w1" ::"a"(value), "d"(port));
}

void serial_start(void) {
  arch_io_write(COM1 + 7, 1, 0x5a); // scratch register: does anything answer?
  present = arch_io_read(COM1 + 7, 1) == 0x5a;
  if (!present)
    return;
  static const u8 set_up[][2] = {{1, 0}, {3, 0x80}, {0, 1}, {1, 0},
                                 {3, 3}, {2, 7},    {4, 3}}; // 115,200 8N1, FIFO
  for (unsigned i = 0; i < sizeof set_up / 2; i++)
    arch_io_write((u16)(COM1 + set_up[i][0]), 1, set_up[i][1]);
}

void serial_write(const char *text, size_t bytes) {
  for (size_t i = 0; present && i < bytes; i++) {
    if (text[i] == '\n')
      serial_write("\r", 1);
    for (u32 spin = 0; spin < 100000 && !(arch_io_read(COM1 + 5, 1) & 0x20); spin++)
      ;
    arch_io_write(COM1, 1, (u8)text[i]);
  }
}

void arch_debug_write(const char *text, size_t bytes) {
  if (!taken)
    serial_write(text, bytes);
}
void arch_serial_taken(bool by_process) { taken = by_process; }
