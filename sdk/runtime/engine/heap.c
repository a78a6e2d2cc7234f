// The allocator of the engine: pages of one size class each, and runs of whole pages, in one
// growing range behind their records at ADDRESS_HEAP. Invariants: a page record says what each page
// holds; free runs are recorded at their first and last page; an empty class page goes back to the
// runs. Nothing is written into allocated memory, and sizes come from the page record, not a
// header. A reserve is given up at the first refusal, so that the engine can make its error.
#include "native.h"
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
#define CHUNK_PAGES 64u // grows by at least 256 KiB, so that few regions are needed
#define SMALL 2048u
#define NONE 0xffffu
#define RESERVE (16 * PAGE)

enum { FREE_RUN = 0, LARGE = 254, INNER = 255 }; // else 1 + index of the size class

struct page {
  u8 kind;
  u8 reserved;
  u16 used;       // class page: live blocks
  u16 free;       // class page: first free block, NONE when full
  u16 next, prev; // class page with free blocks: list of its class
  u32 run;        // FREE_RUN, LARGE: pages, at the first page (free: at the last one too)
};

static const u16 class_size[] = {16,  32,  48,  64,  80,  96,  112, 128, 160,  192,  224,
                                 256, 320, 384, 448, 512, 576, 672, 800, 1008, 1344, 2048};
#define CLASSES (sizeof class_size / sizeof *class_size)

#define RECORDS (PAGE / sizeof(struct page)) // on one page
static struct page *const pages = (struct page *)ADDRESS_HEAP;
static u8 *const base = (u8 *)ADDRESS_HEAP + NONE / RECORDS * PAGE + PAGE;
static u32 mapped, limit, lowest; // in pages; below `lowest` no run is free
static u32 settled;               // pages below are never given back
static u32 records;               // pages of records that are mapped
static u64 pages_used;
static u16 partial[CLASSES];
static u8 class_of[SMALL / 16 + 1];
static void *reserve;

u32 heap_heir;

/// Lets go of the handle to memory that is mapped at `at`: to the heir, where there is one, in
/// whose queue it waits for the end of this process.
static void bequeath(i64 memory, const void *at) {
  u8 *area = message_buffer + LIMIT_SUBMIT_OFFSET, *head = message_buffer + LIMIT_EVENT_OFFSET;
  u8 kept[14 * 4 + sizeof(struct wait)]; // what leaves at the end of the turn; what is about to run
  const u32 rights = RIGHT_READ | RIGHT_MAP | RIGHT_INFO, low = (u32)(u64)at;
  u32 send[14] = {sizeof send, OP_SEND | 1 << 16,   heap_heir, [8] = 8, [10] = (u32)memory, rights,
                  low,         (u32)((u64)at >> 32)};
  if (heap_heir) {
    memcpy(kept, area, sizeof send);
    memcpy(kept + sizeof send, head, sizeof(struct wait));
    memcpy(area, send, sizeof send);
    call3(SYS_SUBMIT_WAIT, 0, sizeof send, 0);
    memcpy(area, kept, sizeof send);
    memcpy(head, kept + sizeof send, sizeof(struct wait));
  }
  call1(SYS_HANDLE_CLOSE, (u64)memory);
}

static int map_at(void *at, i64 memory, u64 offset, u64 bytes) {
  u64 second, argument[6] = {0, (u64)memory, (u64)at, offset, bytes, PROTECT_READ | PROTECT_WRITE};
  return memory > 0 && system_call(argument, SYS_MEMORY_MAP, &second) >= 0;
}

static int map_new(void *at, u32 count) {
  i64 memory = call2(SYS_MEMORY_CREATE, (u64)count * PAGE, 0);
  int done = map_at(at, memory, 0, (u64)count * PAGE);
  bequeath(memory, at);
  return done;
}

static int grow_once(u32 count) {
  for (; records * RECORDS < mapped + count; records++)
    if (!map_new(pages + records * RECORDS, 1))
      return 0;
  if (!map_new(base + (u64)mapped * PAGE, count))
    return 0;
  mapped += count;
  settled = heap_heir ? mapped : settled;
  return 1;
}

int heap_clone(u64 image) {
  u64 bytes = (u64)(records + mapped) * PAGE;
  u64 argument[6] = {image, 0, (u64)call1(SYS_MEMORY_INFO, image), bytes}, second;
  i64 own = system_call(argument, SYS_MEMORY_CLONE, &second);
  int done = map_at(pages, own, 0, records * PAGE) &&
             map_at(base, own, records * PAGE, bytes - records * PAGE);
  bequeath(own, base - records * PAGE);
  return done;
}

/// Maps at least `count` pages if it can, in regions of CHUNK_PAGES, the last of which heap_trim
/// can give back. Returns the pages that it has mapped, fewer when the budget or the limit ends.
static u32 grow(u32 count) {
  u32 before = mapped;
  while (mapped - before < count) {
    u32 left = limit - mapped, want = left < CHUNK_PAGES ? left : CHUNK_PAGES;
    if (!want || !(grow_once(want) ||
                   (want = count - (mapped - before), want < CHUNK_PAGES && grow_once(want))))
      break;
  }
  return mapped - before;
}

static void set_free(u32 first, u32 count) {
  pages[first].kind = pages[first + count - 1].kind = FREE_RUN;
  pages[first].run = pages[first + count - 1].run = count;
  if (first < lowest)
    lowest = first;
}

// Joins a run that has become free with its free neighbours; returns its first page.
static u32 release(u32 first, u32 count) {
  if (first > 0 && pages[first - 1].kind == FREE_RUN) {
    u32 before = pages[first - 1].run;
    first -= before;
    count += before;
  }
  if (first + count < mapped && pages[first + count].kind == FREE_RUN)
    count += pages[first + count].run;
  set_free(first, count);
  return first;
}

static u32 span(u32 page) {
  return pages[page].kind == FREE_RUN || pages[page].kind == LARGE ? pages[page].run : 1;
}

// First fit; the limit is reached when it returns NONE.
static u32 take(u32 count) {
  int moved = 0;
  for (u32 page = lowest;; page += span(page)) {
    if (page >= mapped) {
      u32 old = mapped;
      u32 more = grow(count);
      if (!more)
        return NONE;
      page = release(old, more);
      if (pages[page].run < count)
        continue;
    }
    if (pages[page].kind != FREE_RUN)
      continue;
    u32 run = pages[page].run;
    if (!moved) {
      lowest = page;
      moved = 1;
    }
    if (run < count)
      continue;
    if (page == lowest)
      lowest = page + count;
    if (run > count) {
      u32 keep = lowest;
      set_free(page + count, run - count);
      lowest = keep;
    }
    return page;
  }
}

void heap_begin(u64 bytes) {
  limit = (u32)(bytes / PAGE);
  if (limit > 0xfff0)
    limit = 0xfff0;
  if (class_of[SMALL / 16])
    return;
  for (u32 i = 0; i < CLASSES; i++)
    partial[i] = NONE;
  for (u32 size = 0, c = 0; size <= SMALL; size += 16) {
    if (size > class_size[c])
      c++;
    class_of[size / 16] = (u8)c;
  }
}

u64 heap_used(void) { return pages_used * PAGE; }

void heap_trim(void) {
  while (mapped % CHUNK_PAGES == 0 && mapped >= settled + CHUNK_PAGES &&
         pages[mapped - 1].kind == FREE_RUN && pages[mapped - 1].run >= CHUNK_PAGES) {
    u32 run = pages[mapped - 1].run;
    if (call2(SYS_MEMORY_UNMAP, 0, (u64)base + (u64)(mapped - CHUNK_PAGES) * PAGE) < 0)
      return; // a shorter region, from when memory was scarce: it stays
    mapped -= CHUNK_PAGES;
    memset(&pages[mapped], 0, CHUNK_PAGES * sizeof *pages); // as before they were mapped
    if (run > CHUNK_PAGES)
      set_free(mapped - (run - CHUNK_PAGES), run - CHUNK_PAGES);
    if (lowest > mapped)
      lowest = mapped;
  }
}

static void unlink(u32 page, u32 c) {
  struct page *p = &pages[page];
  if (p->prev == NONE)
    partial[c] = p->next;
  else
    pages[p->prev].next = p->next;
  if (p->next != NONE)
    pages[p->next].prev = p->prev;
}

static void link_first(u32 page, u32 c) {
  struct page *p = &pages[page];
  p->prev = NONE;
  p->next = partial[c];
  if (p->next != NONE)
    pages[p->next].prev = (u16)page;
  partial[c] = (u16)page;
}

// A free block holds the index of the next one.
static u32 new_class_page(u32 c) {
  u32 page = take(1);
  if (page == NONE)
    return NONE;
  pages_used++;
  u32 size = class_size[c], count = PAGE / size;
  u8 *at = base + (u64)page * PAGE;
  for (u32 i = 0; i < count; i++)
    *(u16 *)(at + i * size) = (u16)(i + 1 < count ? i + 1 : NONE);
  pages[page].kind = (u8)(1 + c);
  pages[page].used = 0;
  pages[page].free = 0;
  link_first(page, c);
  return page;
}

// The caller gets nothing; what the engine asks for next, to say so, comes out of the reserve.
static void *refuse(void) {
  void *given = reserve;
  reserve = 0;
  free(given);
  return 0;
}

int heap_exhausted(void) { return !reserve; }

void heap_restore(void) {
  if (!reserve)
    reserve = malloc(RESERVE);
}

void *malloc(size_t size) {
  if (size <= SMALL) {
    u32 c = class_of[(size + 15) / 16];
    u32 page = partial[c];
    if (page == NONE && (page = new_class_page(c)) == NONE)
      return refuse();
    struct page *p = &pages[page];
    u8 *block = base + (u64)page * PAGE + (u32)p->free * class_size[c];
    p->free = *(u16 *)block;
    p->used++;
    if (p->free == NONE)
      unlink(page, c);
    return block;
  }
  if (size > (u64)limit * PAGE)
    return refuse();
  u32 count = (u32)((size + PAGE - 1) / PAGE), page = take(count);
  if (page == NONE)
    return refuse();
  pages_used += count;
  pages[page].kind = LARGE;
  pages[page].run = count;
  for (u32 i = 1; i < count; i++)
    pages[page + i].kind = INNER;
  return base + (u64)page * PAGE;
}

void free(void *block) {
  if (!block)
    return;
  u32 page = (u32)(((u8 *)block - base) / PAGE);
  if (page >= mapped)
    abort();
  struct page *p = &pages[page];
  if (p->kind == LARGE) {
    pages_used -= p->run;
    release(page, p->run);
    return;
  }
  if (p->kind == FREE_RUN || p->kind == INNER)
    abort();
  u32 c = p->kind - 1u;
  u32 offset = (u32)((u8 *)block - base) % PAGE;
  *(u16 *)block = p->free;
  if (p->free == NONE)
    link_first(page, c);
  p->free = (u16)(offset / class_size[c]);
  // one page of a class stays, so that a pair of malloc and free at its edge is cheap
  if (--p->used == 0 && (p->next != NONE || p->prev != NONE)) {
    unlink(page, c);
    pages_used--;
    release(page, 1);
  }
}

size_t malloc_usable_size(void *block) {
  if (!block)
    return 0;
  struct page *p = &pages[((u8 *)block - base) / PAGE];
  return p->kind == LARGE ? (size_t)p->run * PAGE : class_size[p->kind - 1];
}

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes))
    return 0;
  void *block = malloc(bytes);
  if (block)
    memset(block, 0, bytes);
  return block;
}

// Grows a run into the free run behind it.
static int extend(u32 page, u32 count) {
  u32 next = page + pages[page].run, more = count - pages[page].run;
  if (next >= mapped || pages[next].kind != FREE_RUN || pages[next].run < more)
    return 0;
  u32 rest = pages[next].run - more;
  for (u32 i = 0; i < more; i++)
    pages[next + i].kind = INNER;
  if (rest)
    set_free(next + more, rest);
  pages[page].run = count;
  pages_used += more;
  return 1;
}

void *realloc(void *block, size_t size) {
  if (!block)
    return malloc(size);
  if (size == 0) {
    free(block);
    return 0;
  }
  size_t old = malloc_usable_size(block);
  u32 page = (u32)(((u8 *)block - base) / PAGE);
  if (size <= old && (size > old / 2 || old <= 64))
    return block;
  if (pages[page].kind == LARGE && size > SMALL && size <= (u64)limit * PAGE) {
    u32 count = (u32)((size + PAGE - 1) / PAGE), now = pages[page].run;
    if (count < now) {
      pages[page].run = count;
      pages_used -= now - count;
      release(page + count, now - count);
      return block;
    }
    if (extend(page, count))
      return block;
  }
  void *moved = malloc(size);
  if (!moved)
    return size <= old ? block : 0;
  memcpy(moved, block, old < size ? old : size);
  free(block);
  return moved;
}
