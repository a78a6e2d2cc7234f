// The loader: checks the boot image, prepares what docs/boot-image.md promises the nucleus, leaves
// boot services and jumps. Nothing is printed when all is well: the transcript belongs to the
// nucleus.
#include "image.h"
#include "loader.h"

#define STACK_BYTES (16 * 1024)
#define IMAGE_MOST (1ull << 30)
#define OPTIONS_MOST 4096
#define FREE_LEAST (64ull << 20)
/// For the memory map: more than 2,700 regions, ten times what a large machine has.
#define MAP_BYTES (128 * 1024)

struct efi_system_table *efi;
efi_handle loader_handle;

static efi_status map_read(struct handover *h, uint64_t *key) {
  uint32_t version;
  h->map_bytes = MAP_BYTES;
  return efi->boot->memory_map(&h->map_bytes, (void *)h->map, key, &h->map_descriptor_bytes,
                               &version);
}

/// The end of the memory that the tables must reach, and the bytes that the nucleus can use.
/// Reserved address space without memory may lie far above all memory; it counts only where runtime
/// services need it.
static void map_measure(const struct handover *h, uint64_t *top, uint64_t *available) {
  const uint32_t unbacked = 1 << EFI_RESERVED | 1 << EFI_UNUSABLE;
  const uint32_t usable =
      1 << EFI_CONVENTIONAL | 1 << EFI_LOADER_CODE | 1 << EFI_BOOT_CODE | 1 << EFI_BOOT_DATA;
  for (uint64_t at = 0; at < h->map_bytes; at += h->map_descriptor_bytes) {
    const struct efi_memory *d = (const void *)(h->map + at);
    uint64_t bytes = d->pages * PAGE_BYTES;
    bool memory = d->type < EFI_MMIO && (unbacked >> d->type & 1) == 0;
    if ((memory || (d->attributes & EFI_MEMORY_RUNTIME) != 0) && d->physical + bytes > *top)
      *top = d->physical + bytes;
    if (memory && (usable >> d->type & 1) != 0)
      *available += bytes;
  }
}

/// The ACPI 2.0 root pointer, or 0.
static uint64_t rsdp_find(void) {
  // 8868e871-e4f1-11d3-bc22-0080c73c8881
  static const struct efi_guid acpi2 = {0x11d3e4f18868e871, 0x81883cc7800022bc};
  for (uint64_t i = 0; i < efi->configurations; i++)
    if (memcmp(&efi->configuration[i].guid, &acpi2, sizeof acpi2) == 0)
      return (uint64_t)efi->configuration[i].table;
  return 0;
}

/// Reads and checks the files. The digests cover every byte that is used afterwards.
static efi_status load(struct handover *h) {
  const char *wrong, *name;
  efi_status status = file_load(u"\\leivos\\boot.img", "\\leivos\\boot.img", false, IMAGE_MOST,
                                &h->image, &h->image_bytes);
  if (status != 0)
    return status;
  wrong = image_check((void *)h->image, h->image_bytes, &name);
  if (wrong == 0)
    wrong = image_check_digests((void *)h->image, &name);
  if (wrong != 0)
    return fail(EFI_ERROR(EFI_VOLUME_CORRUPTED), "\\leivos\\boot.img", wrong, name,
                "build and write the image again");
  status = file_load(u"\\leivos\\options", "\\leivos\\options", true, OPTIONS_MOST, &h->options,
                     &h->options_bytes);
  return status == EFI_ERROR(EFI_NOT_FOUND) ? 0 : status;
}

/// Leaves boot services. A first refusal means that the map changed in between; then only these two
/// calls are allowed (7.4.6).
static efi_status leave(struct handover *h) {
  efi_status status = EFI_ERROR(EFI_DEVICE_ERROR);
  uint64_t key;
  for (unsigned tries = 0; status != 0 && tries < 4; tries++)
    if ((status = map_read(h, &key)) == 0)
      status = efi->boot->exit_boot_services(loader_handle, key);
  return status;
}

efi_status EfiMain(efi_handle handle, struct efi_system_table *system) {
  uint64_t started = time_stamp(), key, top = 4ull << 30, available = 0;
  efi = system;
  loader_handle = handle;
  efi->boot->set_watchdog(0, 0, 0, 0);
  const char *lacks = paging_unsupported();
  if (lacks != 0)
    return fail(EFI_ERROR(EFI_UNSUPPORTED), "processor", lacks, 0,
                "change this in the firmware's set-up");
  struct handover *h = pages_allocate(sizeof *h, 0);
  if (h == 0)
    return fail_memory("start");
  efi_status status = load(h);
  if (status != 0)
    return status;
  h->magic = HANDOVER_MAGIC;
  h->started = started;
  h->system_table = (uint64_t)efi;
  h->rsdp = rsdp_find();
  entropy_gather(h);
  clock_read(h);
  graphics_find(h);

  const struct boot_image_entry *segments = image_entries((void *)h->image), *data = &segments[2];
  uint8_t *stack = pages_allocate(STACK_BYTES, 0);
  void *copy = pages_allocate(data->memory, 0);
  h->trampoline = (uint64_t)pages_allocate(PAGE_BYTES, 1 << 20);
  h->map = (uint64_t)pages_allocate(MAP_BYTES, 0);
  if (stack == 0 || copy == 0 || h->trampoline == 0 || h->map == 0)
    return fail_memory("nucleus");
  uint64_t record = PANIC_RECORD_PLACE; // not cleared: a panic may have left it
  if (efi->boot->allocate_pages(EFI_ALLOCATE_AT, EFI_LOADER_DATA, 1, &record) == 0)
    h->panic_record = record;
  memcpy(copy, (uint8_t *)h->image + data->offset, data->length);
  uint64_t sources[3] = {h->image + segments[0].offset, h->image + segments[1].offset,
                         (uint64_t)copy};

  if ((status = map_read(h, &key)) != 0)
    return fail(status, "firmware", "it gives no memory map", 0, "update it");
  map_measure(h, &top, &available);
  uint64_t *root = available < FREE_LEAST ? 0 : paging_build(top, segments, sources, h->trampoline);
  if (root == 0)
    return fail_memory("64 MiB must be free");
  if ((status = leave(h)) != 0)
    return fail(status, "firmware", "it refuses to end boot services", 0, "update it");
  paging_enter(root, segments[0].entry, (uint64_t)stack + STACK_BYTES, h);
}
