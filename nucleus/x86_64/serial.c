// I/O ports, and debug output on COM1 until a process takes its ports; from then on only a panic
// writes there.
#include "../serial.h"
#include "cpu.h"

static bool taken;

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
void arch_io_write(u16 port, unsigned width, u32 value) {
  if (width == 1)
    __asm__ volatile("outb %b0, %w1" ::"a"(value), "d"(port));
  else if (width == 2)
    __asm__ volatile("outw %w0, %w1" ::"a"(value), "d"(port));
  else
    __asm__ volatile("outl %0, %w1" ::"a"(value), "d"(port));
}

void serial_write(const char *text, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    if (text[i] == '\n')
      serial_put('\r');
    serial_put(text[i]);
  }
}

void arch_debug_write(const char *text, size_t bytes) {
  if (!taken)
    serial_write(text, bytes);
}
void arch_serial_taken(bool by_process) { taken = by_process; }
