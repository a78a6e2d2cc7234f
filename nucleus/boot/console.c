// Where the loader's one kind of message goes: a failure, on the firmware's console and on COM1.
// COM1 is written directly, since a firmware without serial console would otherwise leave a
// headless machine silent.
#include "../serial.h"
#include "loader.h"

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
  serial_start();
  for (unsigned place = 0; place < 2; place++) {
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
