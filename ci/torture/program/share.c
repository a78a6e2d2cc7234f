// Clones of sealed memory, written to by threads on all processors at once, mapped a second time by
// another process meanwhile, and killed at any moment: each sees what was there and what its own
// threads wrote, whoever else writes to a clone of the same memory, and the origin stays as it is.
#include "system.h"

enum { PAGES = 24, WORDS = PAGE / 8, WORKERS = 4, UNTOUCHED = 64 };
enum { WRONG = 1, SEEN, READY, DONE, MARKS = 16 }; // MARKS + i: pages that worker i has written to
static volatile u64 *const words = (volatile u64 *)ADDRESS_HEAP;

static u64 origin(u64 page) { return 0x0123456789abcdef * (page + 1); }
static u64 mark(u64 worker, u64 page) { return 1 + worker + page * WORKERS; }

static void wrong(u64 line, u64 value) {
  BOARD[SEEN] = value;
  BOARD[WRONG] = line;
  exit_process(1);
}

static void work(u8 *b, u64 argument) {
  u64 self = argument & 0xff, workers = argument >> 8;
  (void)b;
  for (u64 page = 0; page < PAGES; page++) // translations of the shared frames, on this processor
    if (words[page * WORDS + UNTOUCHED] != origin(page))
      wrong(__LINE__, page);
  __atomic_add_fetch(&BOARD[READY], 1, __ATOMIC_SEQ_CST);
  while (cpus > 1 && BOARD[READY] < workers)
    ;
  for (u64 page = 0; page < PAGES; page++) {
    volatile u64 *at = words + page * WORDS;
    if (at[self] != origin(page))
      wrong(__LINE__, at[self]);
    at[self] = mark(self, page);
    BOARD[MARKS + self] = page + 1;
    for (u64 i = 0; i < workers; i++)
      if (BOARD[MARKS + i] > page && at[i] != mark(i, page)) // read through an old translation
        wrong(__LINE__, at[i]);
    if (at[UNTOUCHED] != origin(page))
      wrong(__LINE__, at[UNTOUCHED]);
  }
  for (u64 page = 0; page < PAGES; page++)
    if (words[page * WORDS + self] != mark(self, page)) // written to an old frame
      wrong(__LINE__, page);
  if (__atomic_add_fetch(&BOARD[DONE], 1, __ATOMIC_SEQ_CST) == workers)
    exit_process(0);
  for (u32 port = new_port();;)
    CALL(SYS_SUBMIT_WAIT, port, 0, NEVER, 0, 0, 0);
}

void share_child(const struct task *s) {
  cpus = (u32)s->argument[0];
  for (u64 i = 1; i < WORKERS; i++)
    thread(work, i | WORKERS << 8, (u32)(i % cpus + 1));
  work(buffer, WORKERS << 8);
}

/// What the child's clone shows here: every mark that it has told of, and else the origin.
static void compare(const volatile u64 *at, volatile u64 *board) {
  for (u64 page = 0; page < PAGES; page++)
    for (u64 i = 0; i < WORKERS; i++) {
      u64 told = board[MARKS + i], value = at[page * WORDS + i];
      if (value != mark(i, page) && (told > page || value != origin(page)))
        fail("# page %u of a clone holds %x where worker %u wrote", page, value, i);
    }
}

/// A handle to memory that a clone shares with: the origin, or a sealed clone of it.
static u32 source(struct random *r, u32 sealed) {
  if (below(r, 3))
    return (u32)CALL(SYS_HANDLE_DUPLICATE, sealed, RIGHT_ALL, 0, 0, 0, 0);
  u32 clone = (u32)CALL(SYS_MEMORY_CLONE, sealed, 0, PAGES * PAGE, PAGES * PAGE, 0, 0);
  u32 out = (u32)CALL(SYS_MEMORY_SEAL, clone, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, clone, 0, 0, 0, 0, 0);
  return out;
}

static void round_of(struct random *r, u32 port, u32 sealed) {
  enum { CHILDREN = 2 };
  u32 process[CHILDREN];
  volatile u64 *second[CHILDREN];
  bool killed[CHILDREN];
  for (u32 i = 0; i < CHILDREN; i++) {
    for (u32 j = 0; j < MARKS + WORKERS; j++)
      boards[i][j] = 0;
    struct plan p = {.name = "sharer", .role = ROLE_SHARER, .argument = {cpus}, .key = i};
    u32 from = source(r, sealed);
    u32 clone = (u32)CALL(SYS_MEMORY_CLONE, from, 0, PAGES * PAGE, PAGES * PAGE, 0, 0);
    CALL(SYS_HANDLE_CLOSE, from, 0, 0, 0, 0, 0);
    process[i] = prepare(&p, i);
    program_map(process[i], clone, ADDRESS_HEAP, 0, PAGES * PAGE, PROTECT_READ | PROTECT_WRITE);
    launch(process[i], &p);
    CALL(SYS_SUBMIT_WAIT, port, 0, now() + below(r, 600000), 0, 0, 0);
    second[i] = 0;
    if (below(r, 2))
      second[i] = (volatile u64 *)CALL(SYS_MEMORY_MAP, 0, clone, 0, 0, PAGES * PAGE, PROTECT_READ);
    CALL(SYS_HANDLE_CLOSE, clone, 0, 0, 0, 0, 0);
  }
  for (u32 i = 0; i < CHILDREN; i++) {
    killed[i] = below(r, 2);
    CALL(SYS_SUBMIT_WAIT, port, 0, now() + below(r, 1000000), 0, 0, 0);
    if (killed[i])
      TRY(SYS_PROCESS_KILL, process[i], 7, 0, 0, 0, 0);
  }
  for (u32 n = 0; n < CHILDREN; n++) {
    struct exit_report e;
    u64 i = next_exit(&e);
    if (boards[i][WRONG] ||
        (e.reason == ENDED_KILLED ? !killed[i] : e.reason != ENDED_EXITED || e.code))
      fail("# sharer %u: reason %u code %d vector %u at %x, line %u saw %x", i, (u64)e.reason,
           (s64)e.code, (u64)e.vector, e.address, boards[i][WRONG], boards[i][SEEN]);
    CALL(SYS_HANDLE_CLOSE, process[i], 0, 0, 0, 0, 0);
    if (!second[i])
      continue;
    compare(second[i], boards[i]);
    CALL(SYS_MEMORY_UNMAP, 0, second[i], 0, 0, 0, 0);
  }
}

void share_case(const struct campaign *c) {
  struct random r = random_from(c->seed);
  u32 port = new_port(), memory = (u32)CALL(SYS_MEMORY_CREATE, PAGES * PAGE, 0, 0, 0, 0, 0);
  volatile u64 *at = (volatile u64 *)CALL(SYS_MEMORY_MAP, 0, memory, 0, 0, PAGES * PAGE,
                                          PROTECT_READ | PROTECT_WRITE);
  for (u64 i = 0; i < PAGES * WORDS; i++)
    at[i] = origin(i / WORDS);
  CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
  u32 sealed = (u32)CALL(SYS_MEMORY_SEAL, memory, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, memory, 0, 0, 0, 0, 0);
  at = (volatile u64 *)CALL(SYS_MEMORY_MAP, 0, sealed, 0, 0, PAGES * PAGE, PROTECT_READ);
  for (u32 i = 0; i < (c->scale ? 4 * c->scale : 2); i++)
    round_of(&r, port, sealed);
  for (u64 i = 0; i < PAGES * WORDS; i++)
    if (at[i] != origin(i / WORDS)) {
      fail("# word %u of the origin was overwritten with %x", i, at[i]);
      break;
    }
  CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, sealed, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, port, 0, 0, 0, 0, 0);
}
