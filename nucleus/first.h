// The boot image and options as the nucleus reads them, and the first process.
#ifndef NUCLEUS_FIRST_H
#define NUCLEUS_FIRST_H
#include "x86_64/cpu.h"
extern bool panic_reboots;
const struct boot_image_entry *image_entry(const char *name); // 0 when there is none
const void *image_bytes(const struct boot_image_entry *e);
/// The value of `key=` in the options, ended by a newline or NUL; an empty text when it is absent.
const char *option(const char *key);
#endif
