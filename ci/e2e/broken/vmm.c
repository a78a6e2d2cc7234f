// A nucleus whose slab heap forgets every eighth block that comes back.
#include "nucleus.h"

void __real_slab_free(void *block);
void __wrap_slab_free(void *block) {
  static unsigned freed;
  if (++freed % 8)
    __real_slab_free(block);
}
