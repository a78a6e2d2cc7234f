// Budgets: who pays for memory (docs/accounting.md). A charge is made to a budget and all above it,
// or not at all; depth is bounded, so a charge is too.
#include "../nucleus.h"
#include <string.h>

struct budget *root_budget;

void budget_root(u64 limit) {
  int error;
  root_budget = object_create(KIND_BUDGET, sizeof *root_budget, 0, &error);
  require(root_budget);
  root_budget->limit = limit;
}

int budget_charge(struct budget *b, u64 bytes) {
  for (struct budget *i = b; i; i = i->parent)
    if (bytes > i->limit - i->used)
      return ERROR_BUDGET_EMPTY;
  for (; b; b = b->parent)
    b->used += bytes;
  return 0;
}

void budget_refund(struct budget *b, u64 bytes) {
  for (; b; b = b->parent) {
    require(b->used >= bytes);
    b->used -= bytes;
  }
}

void *charged_allocate(struct budget *b, size_t bytes, int *error) {
  size_t size = slab_block_bytes(bytes);
  if (b && (*error = budget_charge(b, size)))
    return 0;
  void *block = slab_allocate(bytes);
  if (!block) {
    slab_reclaim(); // empty slabs of other sizes may hold the last frames
    block = slab_allocate(bytes);
  }
  if (!block) {
    budget_refund(b, size);
    *error = ERROR_NO_MEMORY;
  }
  return block;
}

void charged_free(struct budget *b, void *block, size_t bytes) {
  slab_free(block);
  budget_refund(b, slab_block_bytes(bytes));
}

frame charged_frame(struct budget *b, unsigned order, int *error) {
  if (b && (*error = budget_charge(b, (u64)PAGE << order)))
    return 0;
  frame f = frames_allocate(order);
  if (!f) {
    slab_reclaim();
    f = frames_allocate(order);
  }
  if (!f) {
    budget_refund(b, (u64)PAGE << order);
    *error = ERROR_NO_MEMORY;
  }
  return f;
}

void charged_frame_free(struct budget *b, frame f, unsigned order) {
  frames_free(f, order);
  budget_refund(b, (u64)PAGE << order);
}
