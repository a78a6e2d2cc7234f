// A UEFI application for tests of the QEMU driver alone: it prints a prompt on the serial port and
// the screen, answers each line that comes, and powers off at `quit`. It stays inside boot services
// with interrupts off, so that the firmware does not take what is typed.
#include <stdint.h>

/// EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL (UEFI 2.10, 12.4), as far as it is used.
struct text_output {
  void *reset;
  uint64_t (*output)(struct text_output *, const uint16_t *);
};

/// EFI_RUNTIME_SERVICES (UEFI 2.10, 4.5): ResetSystem is its eleventh function.
struct runtime {
  char header[24];
  void *before[10];
  void (*reset)(int kind, uint64_t status, uint64_t bytes, void *data);
};

/// EFI_SYSTEM_TABLE (UEFI 2.10, 4.3).
struct system_table {
  char header[24];
  void *vendor;
  uint64_t revision;
  void *input_handle, *input, *output_handle;
  struct text_output *output;
  void *error_handle, *error;
  struct runtime *runtime;
};

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, SHUTDOWN = 2 };

static void out(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void put(const char *text) {
  for (; *text; text++) {
    while (!(in(LINE_STATUS) & 0x20))
      ;
    out(COM1, (uint8_t)*text);
  }
}

uint64_t EfiMain(void *handle, struct system_table *table) {
  (void)handle;
  char line[64];
  unsigned length = 0;
  table->output->output(table->output, (const uint16_t *)L"echo line on the screen\r\n");
  __asm__ volatile("cli");
  put("[ok] echo ready\r\n");
  for (;;) {
    if (!(in(LINE_STATUS) & 1))
      continue;
    char c = (char)in(COM1);
    if (c != '\r') {
      line[length++ % (sizeof line - 1)] = c;
      continue;
    }
    line[length % sizeof line] = 0;
    put("got <");
    put(line);
    put(">\r\n");
    if (length == 4 && line[0] == 'q')
      table->runtime->reset(SHUTDOWN, 0, 0, 0);
    length = 0;
  }
}
