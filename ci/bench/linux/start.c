// Starts Linux the way LeivOS's loader starts the nucleus: reads the kernel from the disk that it
// came from, sets its command line, and writes the time stamp counter to COM1 when it begins and
// when boot services are left. With HOLD it first waits for a byte on COM1, so that a machine can
// be saved there and go on counting instructions; IMAGE is what it starts, LeivOS's loader too.
#include "../../../nucleus/boot/loader.h"
#ifndef IMAGE
#define IMAGE u"\\linux\\kernel"
#endif

struct efi_system_table *efi;
efi_handle loader_handle;

/// UEFI 9.1: what of a loaded image its starter may set.
struct loaded_image {
  uint64_t revision;
  void *parent, *system;
  efi_handle device;
  void *path, *reserved;
  uint32_t option_bytes;
  const char16 *options;
};
/// UEFI 7.4.1, 7.4.2.
typedef efi_status load_image(bool policy, efi_handle parent, void *path, const void *image,
                              uint64_t bytes, efi_handle *loaded);
typedef efi_status start_image(efi_handle image, uint64_t *exit_bytes, char16 **exit_data);
typedef efi_status exit_services(efi_handle image, uint64_t key);

static exit_services *leave;
static const char16 command_line[] =
    u"initrd=\\linux\\initrd console=ttyS0 quiet panic=1 rdinit=/init";

static void put(char c) {
  uint8_t status;
  __asm__ volatile("outb %0, %1" ::"a"(c), "Nd"((uint16_t)0x3f8));
  do
    __asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)0x3fd));
  while ((status & 0x20) == 0);
}

static void mark(const char *text) {
  uint64_t count = time_stamp();
  put('\r'), put('\n'), put('@');
  for (int shift = 60; shift >= 0; shift -= 4)
    put("0123456789abcdef"[count >> shift & 15]);
  while (*text != 0)
    put(*text++);
}

#ifdef HOLD
static void hold(void) {
  uint8_t status;
  mark(" hold\r\n");
  do
    __asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)0x3fd));
  while ((status & 1) == 0);
  __asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)0x3f8));
}
#endif

static efi_status marked_leave(efi_handle image, uint64_t key) {
  efi_status status = leave(image, key);
  if (status == 0)
    mark(" hand-over\r\n");
  return status;
}

efi_status EfiMain(efi_handle handle, struct efi_system_table *system) {
  static const struct efi_guid guid = {0x11d295625b1b31a1, 0x3b7269c9a0003f8e}; // files.c
  struct loaded_image *own, *linux;
  uint64_t kernel, bytes;
  efi_handle loaded;
  efi = system;
  loader_handle = handle;
#ifdef HOLD
  hold();
#endif
  mark(" loader\r\n");
  efi->boot->set_watchdog(0, 0, 0, 0);
  efi_status status = file_load(IMAGE, "what is measured", false, 1 << 30, &kernel, &bytes);
  if (status != 0)
    return status;
  status = ((load_image *)efi->boot->images[0])(false, handle, 0, (void *)kernel, bytes, &loaded);
  if (status != 0 || efi->boot->protocol(loaded, &guid, &linux) != 0 ||
      efi->boot->protocol(handle, &guid, &own) != 0)
    return fail(status, "what is measured", "it can't be loaded", 0, "use a program for UEFI");
  linux->device = own->device;
  linux->options = command_line;
  linux->option_bytes = sizeof command_line;
  leave = efi->boot->exit_boot_services;
  efi->boot->exit_boot_services = marked_leave;
  return ((start_image *)efi->boot->images[1])(loaded, 0, 0);
}
