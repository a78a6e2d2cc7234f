// The ACPI tables that need no AML: MADT (processors, interrupt controllers), MCFG (PCI
// configuration space), FADT (power management timer, reset register), HPET. Every length is
// checked against the table before use. ACPI 6.5, chapter 5.
#include "cpu.h"

struct acpi acpi;

static u16 get16(const u8 *p) { return (u16)(p[0] | p[1] << 8); }
static u32 get32(const u8 *p) { return get16(p) | (u32)get16(p + 2) << 16; }
static u64 get64(const u8 *p) { return get32(p) | (u64)get32(p + 4) << 32; }

static bool sound(const u8 *table, u64 bytes) {
  u8 sum = 0;
  for (u64 i = 0; i < bytes; i++)
    sum = (u8)(sum + table[i]);
  return sum == 0;
}

static void add_processor(u32 id, u32 flags) {
  if (flags & 1 && acpi.processors < LIMIT_CPUS)
    acpi.apic_ids[acpi.processors++] = id;
}

static void read_madt(const u8 *t, u32 bytes) {
  acpi.local_apic = get32(t + 36);
  for (u32 at = 44; at + 2 <= bytes && t[at + 1] >= 2 && at + t[at + 1] <= bytes; at += t[at + 1]) {
    const u8 *e = t + at;
    if (e[0] == 0 && e[1] >= 8) {
      add_processor(e[3], get32(e + 4));
    } else if (e[0] == 1 && e[1] >= 12 && acpi.io_apic_count < 8) {
      acpi.io_apics[acpi.io_apic_count].address = get32(e + 4);
      acpi.io_apics[acpi.io_apic_count++].base = get32(e + 8);
    } else if (e[0] == 2 && e[1] >= 10 && e[3] < 16) {
      acpi.isa[e[3]].input = get32(e + 4);
      acpi.isa[e[3]].flags = get16(e + 8);
    } else if (e[0] == 5 && e[1] >= 12) {
      acpi.local_apic = get64(e + 4);
    } else if (e[0] == 9 && e[1] >= 16) {
      add_processor(get32(e + 4), get32(e + 8));
    }
  }
}

static void read_table(u64 address) {
  const u8 *t = physical(address);
  u32 bytes = get32(t + 4);
  if (bytes < 36 || bytes > 1u << 20 || !sound(t, bytes))
    return;
  if (!memcmp(t, "APIC", 4) && bytes >= 44) {
    read_madt(t, bytes);
  } else if (!memcmp(t, "MCFG", 4) && bytes >= 60) {
    acpi.ecam = get64(t + 44); // the first segment
    acpi.ecam_first = t[54];
    acpi.ecam_last = t[55];
  } else if (!memcmp(t, "FACP", 4) && bytes >= 116) {
    acpi.timer_port = get32(t + 76);
    if (bytes >= 129 && get32(t + 112) & 1u << 10) { // RESET_REG_SUP
      acpi.reset.space = t[116];
      acpi.reset.address = get64(t + 120);
      acpi.reset.value = t[128];
    }
  } else if (!memcmp(t, "HPET", 4) && bytes >= 52) {
    acpi.hpet = get64(t + 44);
  }
}

void acpi_read(u64 rsdp) {
  for (u32 line = 0; line < 16; line++)
    acpi.isa[line].input = line;
  const u8 *r = physical(rsdp);
  if (!rsdp || memcmp(r, "RSD PTR ", 8))
    panic("the firmware offers no ACPI tables");
  bool extended = r[15] >= 2 && get64(r + 24);
  u64 root = extended ? get64(r + 24) : get32(r + 16);
  const u8 *t = physical(root);
  u32 bytes = get32(t + 4), step = extended ? 8 : 4;
  for (u32 at = 36; at + step <= bytes && bytes < 1u << 16; at += step)
    read_table(extended ? get64(t + at) : get32(t + at));
  if (!acpi.processors || !acpi.local_apic)
    panic("the firmware's MADT names no processor");
}
