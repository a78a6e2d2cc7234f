// Random histories of the engine's allocator over pages that this program maps: every block keeps a
// pattern of its own, so that an overlap or a lost copy shows; at the end all pages but the
// allocator's own are free again. In the first rounds all memory goes to an heir, too: what was
// sent stays mapped, and the message buffer is as it was.
#define malloc engine_malloc
#define free engine_free
#define calloc engine_calloc
#define realloc engine_realloc
#define malloc_usable_size engine_malloc_usable_size
#define _GNU_SOURCE
#include "../../../sdk/runtime/engine/heap.c"
#undef malloc
#undef free
#include <stdio.h>
#include <sys/mman.h>

void *engine_malloc(size_t size);
void engine_free(void *block);

static u64 pages_allowed = ~0ull;
enum { HEIR = 7, MEMORY = 1 };
static u8 buffer[LIMIT_BUFFER_BYTES];
u8 *message_buffer = buffer;
static u32 told; // pages of blocks that the heir has
static u64 last_mapped;

i64 system_call(const u64 argument[6], u64 number, u64 *second) {
  *second = 0;
  if (number == SYS_MEMORY_MAP) {
    void *want = (void *)argument[2];
    void *got = mmap(want, argument[4], PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    last_mapped = argument[2];
    return got == want ? (i64)argument[2] : -1;
  }
  return 0;
}
static u8 patterned(u32 at) { return (u8)(at * 13 + at / 256); }
/// The nucleus's part of a bequest: it looks at the message, and writes where it writes.
static void bequest(u64 port, u64 bytes, u64 deadline) {
  struct submission *s = (void *)(buffer + LIMIT_SUBMIT_OFFSET);
  const u32 *handle = (const u32 *)(s + 1);
  u64 address;
  memcpy(&address, handle + 2, sizeof address);
  const u32 rights = RIGHT_READ | RIGHT_MAP | RIGHT_INFO;
  if (port || deadline || bytes != sizeof *s + 16 || s->size != bytes || s->operation != OP_SEND ||
      s->handles != 1 || s->handle != HEIR || s->length != 8 || handle[0] != MEMORY ||
      handle[1] != rights || address != last_mapped) {
    puts("a bequest is no message of the memory that was mapped");
    exit(1);
  }
  s->status = 0;
  memset(buffer + LIMIT_EVENT_OFFSET, 0, sizeof(struct wait));
}
i64 call3(u64 number, u64 a, u64 b, u64 c) {
  if (number == SYS_MEMORY_UNMAP) {
    pages_allowed += CHUNK_PAGES;
    return munmap((void *)b, CHUNK_PAGES * PAGE);
  }
  if (number == SYS_SUBMIT_WAIT)
    bequest(a, b, c);
  if (number != SYS_MEMORY_CREATE)
    return 0;
  if (a / 4096 > pages_allowed)
    return ERROR_BUDGET_EMPTY;
  pages_allowed -= a / 4096;
  return MEMORY;
}
void log_line(const char *format, ...) { puts(format); }
_Noreturn void exit_process(int code) { exit(code); }

static u64 state;
static u32 draw(u32 below) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (u32)((state >> 20) % below);
}

struct block {
  u8 *at;
  u32 size;
  u8 seed;
};

static void paint(struct block *b) {
  for (u32 i = 0; i < b->size; i++)
    b->at[i] = (u8)(b->seed + i * 7);
}
static void check(const struct block *b, u32 size) {
  for (u32 i = 0; i < size; i++)
    if (b->at[i] != (u8)(b->seed + i * 7)) {
      printf("a block of %u bytes lost its byte %u\n", b->size, i);
      exit(1);
    }
}

static u32 size_of(void) {
  switch (draw(8)) {
  case 0:
    return draw(60000) + 1;
  case 1:
    return draw(4100) + 1;
  default:
    return draw(200) + 1;
  }
}

int main(int count, char **arguments) {
  if (count != 4)
    return 2;
  state = strtoull(arguments[1], 0, 10) * 0x9e3779b97f4a7c15ull + 1;
  u64 heap = strtoull(arguments[2], 0, 10);
  u32 rounds = (u32)atoi(arguments[3]);
  static struct block blocks[2000];
  for (u32 i = 0; i < sizeof buffer; i++)
    buffer[i] = patterned(i);
  heap_heir = HEIR;
  heap_begin(heap);
  u64 empty = heap_used(), refused = 0;
  for (u32 round = 0; round < rounds; round++) {
    if (round == rounds / 20)
      told = mapped, heap_heir = 0;
    struct block *b = &blocks[draw(2000)];
    u32 size = size_of();
    if (!b->at) {
      b->at = draw(4) == 0 ? engine_calloc(1, size) : engine_malloc(size);
      if (!b->at) {
        refused++;
        continue;
      }
      if ((u64)b->at % 16 != 0 || engine_malloc_usable_size(b->at) < size)
        return 3;
      b->size = size, b->seed = (u8)draw(256);
      paint(b);
    } else if (draw(3) == 0) {
      check(b, b->size);
      u8 *moved = engine_realloc(b->at, size);
      if (!moved) {
        refused++;
        check(b, b->size);
        continue;
      }
      b->at = moved;
      check(b, size < b->size ? size : b->size);
      b->size = size;
      paint(b);
    } else {
      check(b, b->size);
      engine_free(b->at);
      b->at = 0;
    }
    if (heap_used() > heap)
      return 4;
    if (draw(64) == 0)
      heap_trim();
    if (mapped < told)
      return 7;
  }
  for (u32 i = 0; i < sizeof buffer; i++)
    if (buffer[i] != patterned(i))
      return 8;
  for (int i = 0; i < 2000; i++)
    if (blocks[i].at) {
      check(&blocks[i], blocks[i].size);
      engine_free(blocks[i].at);
    }
  // of each size class one empty page may stay
  u64 left = heap_used() - empty;
  if (left > CLASSES * PAGE) {
    printf("%llu bytes stay in use\n", (unsigned long long)left);
    return 5;
  }
  heap_trim();
  if (mapped % CHUNK_PAGES == 0 && mapped >= told + CHUNK_PAGES &&
      pages[mapped - 1].kind == FREE_RUN && pages[mapped - 1].run >= CHUNK_PAGES) {
    printf("%u free pages stay mapped at the end\n", pages[mapped - 1].run);
    return 6;
  }
  u64 pieces = 0;
  while (engine_malloc(16 * PAGE))
    pieces++;
  printf("refused %llu, pieces for %llu percent\n", (unsigned long long)refused,
         (unsigned long long)(pieces * 16 * PAGE * 100 / heap));
  return 0;
}
