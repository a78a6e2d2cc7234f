// Budgets: who pays for memory (docs/accounting.md). A charge is made to a budget and all above it,
// or not at all; depth is bounded, so a charge is too.
#include "../nucleus.h"
#include <string.h>

struct budget *root_budget;

void budget_root(u64 limit) {
  root_budget = object_create(KIND_BUDGET, 0, 0);
  require(root_budget);
  root_budget->limit = limit;
}

s32 budget_charge(struct budget *b, u64 bytes) {
  for (struct budget *i = b; i; i = i->parent) {
    if (bytes > i->limit - i->used) {
      for (; b != i; b = b->parent)
        b->used -= bytes;
      return ERROR_BUDGET_EMPTY;
    }
    i->used += bytes;
  }
  return 0;
}

void budget_refund(struct budget *b, u64 bytes) {
  for (; b; b = b->parent) {
    require(b->used >= bytes);
    b->used -= bytes;
  }
}

frame frames_find(unsigned order) {
  frame f = frames_allocate(order);
  if (f)
    return f;
  slab_reclaim();
  return frames_allocate(order);
}

void *charged_allocate(struct budget *b, size_t bytes) {
  size_t size = slab_block_bytes(bytes);
  if ((failure = budget_charge(b, size)))
    return 0;
  void *block = slab_allocate(bytes);
  if (block)
    return block;
  budget_refund(b, size);
  failure = ERROR_NO_MEMORY;
  return 0;
}

void charged_free(struct budget *b, void *block, size_t bytes) {
  slab_free(block);
  budget_refund(b, slab_block_bytes(bytes));
}

frame charged_frame(struct budget *b, unsigned order) {
  if ((failure = budget_charge(b, (u64)PAGE << order)))
    return 0;
  frame f = frames_find(order);
  if (f)
    return f;
  budget_refund(b, (u64)PAGE << order);
  failure = ERROR_NO_MEMORY;
  return 0;
}

void charged_frame_free(struct budget *b, frame f, unsigned order) {
  frames_free(f, order);
  budget_refund(b, (u64)PAGE << order);
}
