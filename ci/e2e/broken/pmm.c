// A nucleus whose page allocator forgets what comes back as a block of eight.
#include "nucleus.h"

void __real_frames_free(frame f, unsigned order);
void __wrap_frames_free(frame f, unsigned order) {
  if (order != 3)
    __real_frames_free(f, order);
}
