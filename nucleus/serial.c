// The port that a debugger listens to. Registers: 16550 data sheet.
#include "serial.h"

static void port_write(unsigned port, unsigned char value) {
  __asm__ volatile("outb %b0, %w1" ::"a"(value), "d"(COM1 + port));
}
static unsigned char port_read(unsigned port) {
  unsigned char value;
  __asm__ volatile("inb %w1, %b0" : "=a"(value) : "d"(COM1 + port));
  return value;
}

void serial_start(void) {
  static const unsigned char settings[] = {1, 0, 3, 0x80, 0, 1, 1, 0, 3, 3, 2, 7, 4, 3};
  for (unsigned i = 0; i < sizeof settings; i += 2)
    port_write(settings[i], settings[i + 1]);
}

void serial_put(char c) {
  for (unsigned tries = 0; tries < 100000 && !(port_read(COM1_LINE_STATUS) & 0x20); tries++)
    ;
  port_write(0, (unsigned char)c);
}
