// The part of the UEFI specification (2.10) that the loader uses: types, tables in the order of
// their members, protocols. Members that are never called have no type, so that a wrong call does
// not compile. Calls follow the Microsoft convention, which is the default of the target
// x86_64-uefi.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t efi_status; // 0 success, top bit set: error (appendix D)
typedef void *efi_handle, *efi_event;
typedef uint16_t char16;

#define EFI_ERROR(n) (1ull << 63 | (n))
enum { EFI_LOAD_ERROR = 1, EFI_UNSUPPORTED = 3, EFI_DEVICE_ERROR = 7 };
enum { EFI_OUT_OF_RESOURCES = 9, EFI_VOLUME_CORRUPTED = 10, EFI_NOT_FOUND = 14 };

// Appendix A: the 16 bytes of a GUID, as they lie in memory, read as two little-endian words.
struct efi_guid {
  uint64_t low, high;
};

// 7.2: memory
enum { EFI_ALLOCATE_ANY, EFI_ALLOCATE_BELOW, EFI_ALLOCATE_AT };
enum { EFI_RESERVED, EFI_LOADER_CODE, EFI_LOADER_DATA, EFI_BOOT_CODE, EFI_BOOT_DATA };
enum { EFI_CONVENTIONAL = 7, EFI_UNUSABLE, EFI_ACPI, EFI_ACPI_NVS, EFI_MMIO, EFI_MMIO_PORTS };
#define EFI_MEMORY_RUNTIME (1ull << 63)
struct efi_memory {
  uint32_t type;
  uint64_t physical, virtual_start, pages, attributes;
};

// 7.1: events
enum { EFI_TIMER_EVENT = 0x80000000u, EFI_TPL_APPLICATION = 4, EFI_TIMER_RELATIVE = 2 };

// 4.4: boot services. 7.3: a protocol is found by its GUID
enum { EFI_BY_PROTOCOL = 2 };
struct efi_boot_services {
  uint64_t header[3];
  void *tpl[2];
  efi_status (*allocate_pages)(uint32_t how, uint32_t type, uint64_t pages, uint64_t *address);
  void *free_pages;
  efi_status (*memory_map)(uint64_t *bytes, void *, uint64_t *key, uint64_t *step,
                           uint32_t *version);
  void *allocate_pool;
  efi_status (*free_pool)(void *block);
  efi_status (*create_event)(uint32_t type, uint64_t tpl, void *notify, void *, efi_event *event);
  efi_status (*set_timer)(efi_event event, uint32_t how, uint64_t hundred_nanoseconds);
  efi_status (*wait_for_event)(uint64_t count, efi_event *events, uint64_t *index);
  void *events[3], *interfaces[3];
  efi_status (*protocol)(efi_handle handle, const struct efi_guid *, void *interface);
  void *finding[5], *images[4];
  efi_status (*exit_boot_services)(efi_handle image, uint64_t key);
  void *next_count, *stall;
  efi_status (*set_watchdog)(uint64_t seconds, uint64_t code, uint64_t bytes, const char16 *data);
  void *controllers[2], *opening[4];
  efi_status (*handles)(uint32_t how, const struct efi_guid *, void *, uint64_t *n, efi_handle **);
  efi_status (*any_protocol)(const struct efi_guid *, void *registration, void *interface);
};

// 8.3: time. The zone is in minutes, UTC = local + zone; 0x7FF: not given, taken as UTC.
struct efi_time {
  uint16_t year;
  uint8_t month, day, hour, minute, second, pad;
  uint32_t nanosecond;
  int16_t zone;
  uint8_t daylight, pad2;
};
struct efi_runtime_services {
  uint64_t header[3];
  efi_status (*get_time)(struct efi_time *time, void *capabilities);
  void *clock[3], *virtual[2], *variables[3], *count;
  void *reset; // called by the nucleus: how, status, bytes, data (8.5)
};
enum { EFI_RESET_COLD, EFI_RESET_WARM, EFI_RESET_SHUTDOWN };

// 12.3, 12.4: console; 4.3: system table
struct efi_text_input {
  void *reset;
  efi_status (*read_key)(struct efi_text_input *, uint32_t *key);
  efi_event key;
};
struct efi_text_output {
  void *reset;
  efi_status (*output)(struct efi_text_output *, const char16 *text);
};
struct efi_configuration {
  struct efi_guid guid;
  void *table;
};
struct efi_system_table {
  uint64_t header[3], vendor, revision;
  efi_handle input_handle;
  struct efi_text_input *input;
  efi_handle output_handle;
  struct efi_text_output *output;
  void *error[2];
  struct efi_runtime_services *runtime;
  struct efi_boot_services *boot;
  uint64_t configurations;
  struct efi_configuration *configuration;
};

// 9.1: the loaded image; 13.4, 13.5: files
struct efi_loaded_image {
  uint64_t revision;
  void *parent, *system;
  efi_handle device;
};
enum { EFI_FILE_READ = 1 };
#define EFI_FILE_END UINT64_MAX // as a position
struct efi_file {
  uint64_t revision;
  efi_status (*open)(struct efi_file *, struct efi_file **, const char16 *path, uint64_t, uint64_t);
  efi_status (*close)(struct efi_file *);
  void *delete_file;
  efi_status (*read)(struct efi_file *, uint64_t *bytes, void *to);
  void *write;
  efi_status (*get_position)(struct efi_file *, uint64_t *position);
  efi_status (*set_position)(struct efi_file *, uint64_t position);
};
struct efi_file_system {
  uint64_t revision;
  efi_status (*open_volume)(struct efi_file_system *, struct efi_file **root);
};

// 12.9: graphics
enum { EFI_PIXELS_RGBX, EFI_PIXELS_BGRX };
struct efi_graphics_information {
  uint32_t version, width, height, format, masks[4], stride;
};
struct efi_graphics_mode {
  uint32_t modes, mode;
  struct efi_graphics_information *information;
  uint64_t information_bytes, framebuffer, framebuffer_bytes;
};
struct efi_graphics {
  efi_status (*query)(struct efi_graphics *, uint32_t, uint64_t *bytes,
                      struct efi_graphics_information **);
  efi_status (*set)(struct efi_graphics *, uint32_t mode);
  void *blit;
  struct efi_graphics_mode *mode;
};

// 37.5: random numbers
struct efi_random {
  void *information;
  efi_status (*get)(struct efi_random *, const struct efi_guid *algorithm, uint64_t bytes,
                    void *to);
};
