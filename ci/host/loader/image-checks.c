// Prints what the loader finds wrong with each record as a boot image: one line, `sound` or the
// sentence, and the object's name.
#include "../../../nucleus/boot/image.h"
#include "../record.h"

int main(void) {
  uint32_t bytes;
  for (uint8_t *data; (data = record_read(&bytes)) != 0; free(data)) {
    const char *name, *wrong = image_check(data, bytes, &name);
    if (wrong == 0)
      wrong = image_check_digests(data, &name);
    printf("%s|%s\n", wrong == 0 ? "sound" : wrong, wrong == 0 || name == 0 ? "" : name);
  }
}
