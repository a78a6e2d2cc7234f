// Page frames: a buddy allocator of orders 0 to 10 that always gives the lowest address there is.
// One bit a block and order (set: the block is free as a whole and not part of a larger free one),
// with summary levels of one bit a word above them; nothing is kept in the frames. About 0.26 bytes
// a frame. Its state, and so every answer, is a function of the calls made.
#include "../nucleus.h"
#include <string.h>

enum { ORDERS = 11, LEVELS = 6 };
static struct {
  u64 *level[LEVELS]; // level 0: blocks; level n + 1: words of level n that are not zero
  unsigned levels;
} order_map[ORDERS];
static frame first; // aligned to the largest block
static u64 covered, free_count, total_count;
u64 promised_pages;

static u64 words(u64 bits) { return (bits + 63) / 64; }

u64 frames_metadata(u64 count) {
  u64 bytes = 0;
  count += 1u << (ORDERS - 1); // the first frame is rounded down
  for (unsigned o = 0; o < ORDERS; o++)
    for (u64 bits = (count >> o) + 1;; bits = words(bits)) {
      bytes += words(bits) * 8;
      if (bits <= 64)
        break;
    }
  return bytes;
}

void frames_init(void *metadata, frame from, u64 count) {
  memset(metadata, 0, frames_metadata(count));
  u64 *at = metadata;
  first = from & ~((1u << (ORDERS - 1)) - 1);
  covered = count + (from - first);
  free_count = total_count = 0;
  for (unsigned o = 0; o < ORDERS; o++) {
    unsigned levels = 0;
    for (u64 bits = (covered >> o) + 1;; bits = words(bits)) {
      require(levels < LEVELS);
      order_map[o].level[levels++] = at;
      at += words(bits);
      if (bits <= 64)
        break;
    }
    order_map[o].levels = levels;
  }
}

static bool is_free(unsigned o, u64 block) {
  return order_map[o].level[0][block / 64] >> block % 64 & 1;
}

static void mark(unsigned o, u64 block) {
  for (unsigned l = 0; l < order_map[o].levels; l++, block /= 64) {
    u64 *word = &order_map[o].level[l][block / 64], old = *word;
    *word |= 1ull << block % 64;
    if (old)
      return;
  }
}

static void unmark(unsigned o, u64 block) {
  for (unsigned l = 0; l < order_map[o].levels; l++, block /= 64) {
    u64 *word = &order_map[o].level[l][block / 64];
    *word &= ~(1ull << block % 64);
    if (*word)
      return;
  }
}

/// The first free block of an order, ~0 when there is none.
static u64 lowest(unsigned o) {
  unsigned l = order_map[o].levels;
  if (!l || !order_map[o].level[l - 1][0])
    return ~0ull;
  u64 at = 0;
  while (l--)
    at = at * 64 + (unsigned)__builtin_ctzll(order_map[o].level[l][at]);
  return at;
}

frame frames_allocate(unsigned order) {
  require(order < ORDERS);
  if (free_count < promised_pages + (1ull << order))
    return 0;
  u64 best = ~0ull;
  unsigned from = 0;
  for (unsigned o = order; o < ORDERS; o++) {
    u64 block = lowest(o);
    if (block != ~0ull && block << o < best) {
      best = block << o;
      from = o;
    }
  }
  if (best == ~0ull)
    return 0;
  unmark(from, best >> from);
  while (from > order) { // the upper halves stay free
    from--;
    mark(from, (best >> from) + 1);
  }
  free_count -= 1ull << order;
  return (frame)(first + best);
}

void frames_free(frame f, unsigned order) {
  require(order < ORDERS && f >= first && f - first + (1ull << order) <= covered);
  u64 at = f - first;
  require(!(at & ((1ull << order) - 1)));
  for (unsigned o = order; o < ORDERS; o++)
    if (is_free(o, at >> o))
      panic("a free frame is freed again");
  for (unsigned o = 0; o < order; o++)
    for (u64 block = at >> o; block < (at + (1ull << order)) >> o; block++) {
      if (!order_map[o].level[0][block / 64])
        block |= 63; // a whole word without free blocks
      else if (is_free(o, block))
        panic("a block with a free frame in it is freed");
    }
  free_count += 1ull << order;
  u64 block = at >> order;
  while (order < ORDERS - 1 && is_free(order, block ^ 1)) {
    unmark(order, block ^ 1);
    block /= 2;
    order++;
  }
  mark(order, block);
}

void frames_free_range(frame f, u64 count) {
  while (count) {
    unsigned order = 0;
    while (order < ORDERS - 1 && !(f >> order & 1) && 2ull << order <= count)
      order++;
    frames_free(f, order);
    f += 1u << order;
    count -= 1ull << order;
  }
}

void frames_release(frame f, u64 count) {
  if (!f && count) { // frame 0 means none
    f++;
    count--;
  }
  total_count += count;
  frames_free_range(f, count);
}

u64 frames_free_count(void) { return free_count; }
u64 frames_total(void) { return total_count; }
