// The loader: checks the boot image, prepares what docs/boot-image.md promises the nucleus, leaves
// boot services and jumps. Nothing is printed when all is well: the transcript belongs to the
// nucleus.
#include "image.h"
#include "loader.h"
#include "sha256.h"

#define STACK_BYTES (16 * 1024)
#define IMAGE_MOST (1ull << 30)
#define OPTIONS_MOST 4096
#define FREE_LEAST (64ull << 20)
/// Room in the map's buffer beyond its first size: each allocation and each try to leave may split
/// a region.
#define MAP_SLACK_BYTES 8192

struct efi_system_table *efi;
efi_handle loader_handle;

struct memory_map {
  void *data;
  uint64_t room, bytes, descriptor_bytes, key;
};

static efi_status map_read(struct memory_map *m) {
  uint32_t version;
  m->bytes = m->room;
  return efi->boot->get_memory_map(&m->bytes, m->data, &m->key, &m->descriptor_bytes, &version);
}

/// A buffer large enough for the map as it will be at the end, and the map as it is now.
static efi_status map_prepare(struct memory_map *m) {
  if (map_read(m) != EFI_BUFFER_TOO_SMALL)
    return EFI_DEVICE_ERROR;
  m->room = pages_of(m->bytes + MAP_SLACK_BYTES) * PAGE_BYTES;
  m->data = pages_allocate(m->room, 0);
  return m->data == 0 ? EFI_OUT_OF_RESOURCES : map_read(m);
}

/// The end of the memory that the tables must reach, and the bytes that the nucleus can use.
/// Reserved address space without memory may lie far above all memory; it counts only where runtime
/// services need it.
static void map_measure(const struct memory_map *m, uint64_t *top, uint64_t *available) {
  *top = 4ull << 30;
  *available = 0;
  for (uint64_t at = 0; at + sizeof(struct efi_memory) <= m->bytes; at += m->descriptor_bytes) {
    const struct efi_memory *d = (const void *)((const uint8_t *)m->data + at);
    uint64_t bytes = d->pages * PAGE_BYTES;
    bool memory = d->type != EFI_RESERVED && d->type != EFI_UNUSABLE && d->type < EFI_MMIO;
    if ((memory || (d->attributes & EFI_MEMORY_RUNTIME) != 0) && d->physical + bytes > *top)
      *top = d->physical + bytes;
    if (d->type == EFI_CONVENTIONAL || d->type == EFI_LOADER_CODE || d->type == EFI_BOOT_CODE ||
        d->type == EFI_BOOT_DATA)
      *available += bytes;
  }
}

static uint64_t rsdp_find(void) {
  static const struct efi_guid acpi2 = {
      0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
  for (uint64_t i = 0; i < efi->configurations; i++)
    if (__builtin_memcmp(&efi->configuration[i].guid, &acpi2, sizeof acpi2) == 0)
      return (uint64_t)efi->configuration[i].table;
  return 0;
}

/// Reads and checks the files. The digests cover every byte that is used afterwards.
static efi_status load(struct handover *h) {
  const char *wrong, *name;
  void *image, *options = 0;
  efi_status status =
      file_load(u"\\leivos\\boot.img", "boot.img", false, IMAGE_MOST, &image, &h->image_bytes);
  if (status != 0)
    return status;
  h->image = (uint64_t)image;
  if ((wrong = image_check(image, h->image_bytes, &name)) != 0)
    return fail(EFI_VOLUME_CORRUPTED, wrong, name);
  if ((wrong = image_check_digests(image, &name)) != 0)
    return fail(EFI_CRC_ERROR, wrong, name);
  status =
      file_load(u"\\leivos\\options", "options", true, OPTIONS_MOST, &options, &h->options_bytes);
  h->options = (uint64_t)options;
  return status == EFI_NOT_FOUND ? EFI_SUCCESS : status;
}

/// Leaves boot services. A first refusal means that the map changed in between; then only these two
/// calls are allowed (7.4.6).
static efi_status leave(struct memory_map *m) {
  efi_status status = EFI_DEVICE_ERROR;
  for (unsigned tries = 0; status != 0 && tries < 4; tries++)
    if ((status = map_read(m)) == 0)
      status = efi->boot->exit_boot_services(loader_handle, m->key);
  return status;
}

efi_status EfiMain(efi_handle handle, struct efi_system_table *system) {
  uint64_t started = time_stamp(), top, available, sources[3];
  struct memory_map map = {0};
  efi = system;
  loader_handle = handle;
  efi->boot->set_watchdog(0, 0, 0, 0);
  const char *unsupported = paging_unsupported();
  if (unsupported != 0)
    return fail(EFI_UNSUPPORTED, unsupported, 0);
  struct handover *h = pages_allocate(sizeof *h, 0);
  if (h == 0)
    return fail(EFI_OUT_OF_RESOURCES, "too little memory; give the machine more", 0);
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
  uint8_t *copy = pages_allocate(data->memory, 0), *stack = pages_allocate(STACK_BYTES, 0);
  h->trampoline = (uint64_t)pages_allocate(PAGE_BYTES, 1 << 20);
  if (copy == 0 || stack == 0 || h->trampoline == 0)
    return fail(EFI_OUT_OF_RESOURCES, "too little memory for the nucleus; give the machine more",
                0);
  __builtin_memcpy(copy, (uint8_t *)h->image + data->offset, data->length);
  h->nucleus_data = (uint64_t)copy;
  for (unsigned i = 0; i < 3; i++)
    sources[i] = i == 2 ? h->nucleus_data : h->image + segments[i].offset;

  if ((status = map_prepare(&map)) != 0)
    return fail(status, "the firmware gives no memory map; update the firmware", 0);
  map_measure(&map, &top, &available);
  if (available < FREE_LEAST)
    return fail(EFI_OUT_OF_RESOURCES,
                "too little memory: less than 64 MiB are free; give the machine more", 0);
  uint64_t *root = paging_build(top, segments, sources);
  if (root == 0)
    return fail(EFI_OUT_OF_RESOURCES, "too little memory for page tables; give the machine more",
                0);
  if ((status = leave(&map)) != 0)
    return fail(status, "the firmware refuses to end boot services; update the firmware", 0);
  h->map = (uint64_t)map.data;
  h->map_bytes = map.bytes;
  h->map_descriptor_bytes = map.descriptor_bytes;
  sha256(map.data, map.bytes, h->map_digest);
  paging_enter(root, segments[0].entry, (uint64_t)stack + STACK_BYTES, h);
}
