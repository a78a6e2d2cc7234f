// Where the loader's one kind of message goes: a failure, on the firmware's console and on COM1.
// COM1 is written directly, since a firmware without serial console would otherwise leave a
// headless machine silent.
#include "loader.h"

enum { COM1 = 0x3f8, LINE_STATUS = 5, SCRATCH = 7 };

static void port_write(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"((uint16_t)(COM1 + port)));
}
static uint8_t port_read(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)(COM1 + port)));
  return value;
}

/// A 16550 has a scratch register that keeps what is written; an empty bus gives 0xFF. Leaves it at
/// 115,200 baud, 8N1, with FIFO and without interrupts (settings: register, value).
static bool serial_present(void) {
  static const uint8_t settings[] = {1, 0, 3, 0x80, 0, 1, 1, 0, 3, 3, 2, 0xc7, 4, 3};
  port_write(SCRATCH, 0x5a);
  if (port_read(SCRATCH) != 0x5a)
    return false;
  for (unsigned i = 0; i < sizeof settings; i += 2)
    port_write(settings[i], settings[i + 1]);
  return true;
}

static void serial_put(char c) {
  unsigned tries = 0;
  while ((port_read(LINE_STATUS) & 0x20) == 0 && ++tries < 100000)
    ;
  port_write(0, (uint8_t)c);
}

static void console_put(char c) {
  char16 wide[2] = {(uint8_t)c, 0};
  efi->output->output(efi->output, wide);
}

static void print(const char *text, const char *detail, void (*put)(char)) {
  for (; *text != 0; text++)
    if (*text == '%' && detail != 0)
      print(detail, 0, put);
    else
      put(*text);
}

efi_status fail(efi_status status, const char *where, const char *sentence, const char *detail,
                const char *cure) {
  uint32_t key; // keys struck before the message don't count
  for (unsigned i = 0; i < 256 && efi->input->read_key(efi->input, &key) == 0;)
    i++;
  // Each place gets the whole message: the firmware's console may be the same serial line.
  for (unsigned place = serial_present() ? 0 : 1; place < 2; place++) {
    void (*put)(char) = place == 0 ? serial_put : console_put;
    print("\r\nleivos: %: ", where, put);
    print(sentence, detail, put);
    print("; %.\r\nleivos: press a key, or wait 30 s, to return to the firmware\r\n", cure, put);
  }
  efi_event events[2] = {0, efi->input->key};
  uint64_t index;
  if (efi->boot->create_event(EFI_TIMER_EVENT, EFI_TPL_APPLICATION, 0, 0, &events[0]) == 0) {
    efi->boot->set_timer(events[0], EFI_TIMER_RELATIVE, 30ull * 10000000);
    efi->boot->wait_for_event(2, events, &index);
  }
  return status;
}

efi_status fail_memory(const char *where) {
  return fail(EFI_ERROR(EFI_OUT_OF_RESOURCES), where, "too little memory", 0,
              "give the machine more");
}
