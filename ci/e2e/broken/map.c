// A nucleus under which the firmware's memory map is written to before it is compared.
#include "x86_64/cpu.h"

void __real_acpi_read(u64 rsdp);
void __wrap_acpi_read(u64 rsdp) {
  ((u8 *)physical(boot->map))[24] ^= 1;
  __real_acpi_read(rsdp);
}
