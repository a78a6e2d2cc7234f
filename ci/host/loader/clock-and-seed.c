// Runs the loader's clock and seed option over records: `T` and a firmware's time (struct
// efi_time), or `O` and the text of options. Prints the clock in seconds, or the source bits and
// the seed.
#include "../../../nucleus/boot/loader.h"
#include "../record.h"

static struct efi_time now;
static efi_status get_time(struct efi_time *time, void *capabilities) {
  (void)capabilities;
  *time = now;
  return 0;
}
static efi_status no_protocol(const struct efi_guid *guid, void *registration, void *interface) {
  (void)guid, (void)registration, (void)interface;
  return EFI_NOT_FOUND;
}
static struct efi_runtime_services runtime = {.get_time = get_time};
static struct efi_boot_services boot = {.any_protocol = no_protocol};
static struct efi_system_table table = {.runtime = &runtime, .boot = &boot};
struct efi_system_table *efi = &table;

int main(void) {
  uint32_t bytes;
  for (uint8_t *data; (data = record_read(&bytes)) != 0; free(data)) {
    struct handover h = {0};
    if (data[0] == 'T') {
      memcpy(&now, data + 1, sizeof now);
      clock_read(&h);
      printf("%llu\n", (unsigned long long)h.clock);
      continue;
    }
    uint8_t *text = malloc(bytes - 1); // of exactly its size
    if (bytes > 1)
      memcpy(text, data + 1, bytes - 1);
    h.options = (uint64_t)text, h.options_bytes = bytes - 1;
    entropy_gather(&h);
    clock_read(&h);
    printf("%u ", h.entropy_sources & 8);
    for (uint32_t i = 0; (h.entropy_sources & 8) != 0 && i < h.entropy_bytes; i++)
      printf("%02x", h.entropy[i]);
    printf(" %llu\n", (unsigned long long)((h.entropy_sources & 8) != 0 ? h.clock : 0));
    free(text);
  }
}
