// Prints the loader's SHA-256 of each record as one line.
#include "../../../sdk/runtime/engine/sha256.h"
#include "../record.h"

int main(void) {
  uint32_t bytes;
  for (uint8_t *data; (data = record_read(&bytes)) != 0; free(data)) {
    uint8_t digest[32];
    sha256(data, bytes, digest);
    for (int i = 0; i < 32; i++)
      printf("%02x", digest[i]);
    printf("\n");
  }
}
