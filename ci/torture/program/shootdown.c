// After memory_unmap has returned, no thread on any processor reaches the old page: pairs of
// threads, one that changes what lies at an address and one, spinning on another processor, that
// reads and writes there.
#include "system.h"

enum { PAIRS = 2, TURNS, WRONG, SEEN };
static struct pair {
  volatile u64 turn, done; // turn: what the word at the address must be; done: the reader's answer
  volatile u64 *volatile at;
} pairs[PAIRS];

static void wrong(u64 line, u64 value) {
  BOARD[SEEN] = value;
  BOARD[WRONG] = line;
  exit_process(1);
}

static void reader(u8 *b, u64 i) {
  struct pair *p = &pairs[i];
  (void)b;
  for (u64 last = 0;;) {
    u64 turn = p->turn;
    if (turn == last)
      continue; // no system call here: its translations stay as they are
    last = turn;
    u64 value = p->at[0];
    if (value != turn)
      wrong(__LINE__, value);
    p->at[1] = turn;
    p->done = turn;
  }
}

static u64 map(u32 memory, u64 at) {
  return CALL(SYS_MEMORY_MAP, 0, memory, at, 0, PAGE, PROTECT_READ | PROTECT_WRITE);
}

static void take_turn(struct pair *p, u64 turn) {
  p->at[0] = turn;
  p->turn = turn;
  while (p->done != turn)
    if (cpus == 1)
      TRY(SYS_SUBMIT_WAIT, 0, 0, 0, 0, 0, 0);
}

static void changer(u8 *b, u64 argument) {
  u64 i = argument & 0xff, turns = argument >> 8, here = ADDRESS_HEAP + (i << 32);
  struct pair *p = &pairs[i];
  (void)b;
  p->at = (volatile u64 *)here;
  u32 old = (u32)CALL(SYS_MEMORY_CREATE, PAGE, 0, 0, 0, 0, 0), new;
  map(old, here);
  for (u64 turn = 1; turn <= turns; turn++, old = new) {
    take_turn(p, turn);
    CHECK(p->at[0] == turn); // in this processor's cache of translations too
    CALL(SYS_MEMORY_UNMAP, 0, here, 0, 0, 0, 0);
    new = (u32)CALL(SYS_MEMORY_CREATE, PAGE, 0, 0, 0, 0, 0);
    map(new, here);
    volatile u64 *before = (volatile u64 *)map(old, 0);
    take_turn(p, turn + turns);
    if (before[0] != turn || before[1] != turn) // written through an old translation
      wrong(__LINE__, before[1]);
    CALL(SYS_MEMORY_UNMAP, 0, (u64)before, 0, 0, 0, 0);
    CALL(SYS_HANDLE_CLOSE, old, 0, 0, 0, 0, 0);
    BOARD[TURNS]++;
  }
  CALL(SYS_MEMORY_UNMAP, 0, here, 0, 0, 0, 0);
  p->turn = NEVER; // the reader must fault now
}

void shootdown_child(const struct task *s) {
  cpus = (u32)s->argument[1];
  u64 turns = s->argument[0], shift = s->argument[2];
  for (u64 i = 0; i < PAIRS; i++)
    thread(reader, i, (u32)((i * 2 + 1 + shift) % cpus + 1));
  thread(changer, 1 | turns << 8, 0);
  changer(buffer, turns << 8);
  for (u32 port = new_port();;)
    CALL(SYS_SUBMIT_WAIT, port, 0, NEVER, 0, 0, 0);
}

void shootdown_case(const struct campaign *c) {
  enum { PROCESSES = 2 };
  u32 process[PROCESSES];
  // With one processor each turn of a reader costs a time slice.
  u64 turns = c->scale ? (cpus == 1 ? 4ull : 50) * c->scale : 3;
  for (u64 i = 0; i < PROCESSES; i++) {
    boards[i][TURNS] = boards[i][WRONG] = 0;
    struct plan p = {
        .name = "shootdown", .role = ROLE_SHOOTDOWN, .argument = {turns, cpus, i}, .key = i};
    process[i] = spawn(&p, (u32)i);
  }
  for (u32 i = 0; i < PROCESSES; i++) {
    struct exit_report r;
    u64 key = next_exit(&r);
    if (boards[key][WRONG] || r.reason != ENDED_FAULT || r.vector != 14 ||
        (r.address & 0xffffffff) || boards[key][TURNS] < turns)
      fail("# shootdown: reason %u code %d vector %u address %x, %u turns, line %u saw %u",
           (u64)r.reason, (s64)r.code, (u64)r.vector, r.address, boards[key][TURNS],
           boards[key][WRONG], boards[key][SEEN]);
    CALL(SYS_HANDLE_CLOSE, process[key], 0, 0, 0, 0, 0);
  }
}
