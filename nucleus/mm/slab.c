// Slab heap: each page holds blocks of one size behind a header with a bitmap of the free ones.
// Invariant: a page stands in its class's list while it has a free block; at most one page of a
// class is wholly free, so that giving the empty ones back is bounded.
#include "../nucleus.h"
#include <string.h>

struct slab {
  struct list link;
  u64 free[2]; // one bit a block
  u32 magic;
  u16 used;
  u8 class;
};
enum { HEADER = 64, CLASSES = 12, MAGIC = 0x51ab0b1e };
_Static_assert(sizeof(struct slab) <= HEADER, "the blocks start behind the header");
static const u16 size_of[CLASSES] = {32,  64,  96,  128, 192,  256,
                                     320, 448, 576, 800, 1344, SLAB_LARGEST};
static struct list partial[CLASSES];
static struct slab *empty[CLASSES];
static u64 pages;
static bool ready;

/// By units of 32 bytes, rounded up; CLASSES: a whole frame.
static const u8 class_at[SLAB_LARGEST / 32 + 1] = {
    0,  0,  1,  2,  3,  4,  4,  5,  5,  6,  6,  7,  7,  7,  7,  8,  8,  8,  8,  9,  9,  9,
    9,  9,  9,  9,  10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 11,
    11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11};
static unsigned class_of(size_t bytes) {
  return bytes <= SLAB_LARGEST ? class_at[(bytes + 31) / 32] : CLASSES;
}

size_t slab_block_bytes(size_t bytes) {
  unsigned c = class_of(bytes);
  return c < CLASSES ? size_of[c] : PAGE;
}

static struct slab *slab_new(unsigned c) {
  frame f = frames_find(0);
  if (!f)
    return 0;
  struct slab *s = arch_frame_address(f);
  unsigned count = (PAGE - HEADER) / size_of[c];
  memset(s, 0, sizeof *s);
  for (unsigned i = 0; i < count; i++)
    s->free[i / 64] |= 1ull << i % 64;
  s->magic = MAGIC;
  s->class = (u8)c;
  list_append(&partial[c], &s->link);
  pages++;
  return s;
}

/// Only for pages of the slab: the frame of an address is found by the arch's map being linear.
static frame frame_of(const void *page) {
  return (frame)(((const u8 *)page - (const u8 *)arch_frame_address(0)) / PAGE);
}

void *slab_allocate(size_t bytes) {
  if (!ready) {
    for (unsigned c = 0; c < CLASSES; c++)
      list_init(&partial[c]);
    ready = true;
  }
  unsigned c = class_of(bytes);
  if (c == CLASSES) {
    frame f = bytes <= PAGE ? frames_find(0) : 0;
    return f ? memset(arch_frame_address(f), 0, PAGE) : 0;
  }
  struct slab *s =
      list_empty(&partial[c]) ? slab_new(c) : container_of(partial[c].next, struct slab, link);
  if (!s)
    return 0;
  if (empty[c] == s)
    empty[c] = 0;
  unsigned half = s->free[0] ? 0 : 1;
  unsigned i = half * 64 + (unsigned)__builtin_ctzll(s->free[half]);
  s->free[half] &= s->free[half] - 1;
  s->used++;
  if (!s->free[0] && !s->free[1])
    list_remove(&s->link);
  return memset((u8 *)s + HEADER + i * size_of[c], 0, size_of[c]);
}

static void slab_drop(struct slab *s) {
  list_remove(&s->link);
  s->magic = 0;
  pages--;
  frames_free(frame_of(s), 0);
}

void slab_free(void *block) {
  size_t at = (size_t)block & (PAGE - 1);
  if (!at) { // a block of a whole frame
    frames_free(frame_of(block), 0);
    return;
  }
  struct slab *s = (struct slab *)((u8 *)block - at);
  if (s->magic != MAGIC || at < HEADER || (at - HEADER) % size_of[s->class])
    panic("what is freed is no slab block");
  unsigned c = s->class, i = (unsigned)(at - HEADER) / size_of[c];
  if (s->free[i / 64] >> i % 64 & 1)
    panic("a slab block is freed twice");
  if (!s->free[0] && !s->free[1])
    list_append(&partial[c], &s->link);
  s->free[i / 64] |= 1ull << i % 64;
  if (--s->used)
    return;
  if (empty[c])
    slab_drop(s);
  else
    empty[c] = s;
}

void slab_reclaim(void) {
  for (unsigned c = 0; c < CLASSES; c++)
    if (empty[c]) {
      slab_drop(empty[c]);
      empty[c] = 0;
    }
}

u64 slab_pages(void) { return pages; }
