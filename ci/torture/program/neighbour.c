// A neighbour: an orderly process that does a bit of everything, counts its rounds on its board and
// writes down the line where a result was not what it must be.
#include "system.h"

enum { ROUNDS, WRONG };
#define EXPECT(condition)                                                                          \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      BOARD[WRONG] = __LINE__;                                                                     \
      exit_process(1);                                                                             \
    }                                                                                              \
  } while (0)

static void messages(u32 port, const u32 ends[2], u64 round) {
  struct submission *s = submit_area(buffer);
  const struct event *e = event_area(buffer);
  *s = (struct submission){
      .size = sizeof(struct submission) + 8, .operation = OP_SEND, .handle = ends[0], .length = 8};
  memcpy(body_of(s), &round, 8);
  EXPECT(TRY(SYS_SUBMIT_WAIT, port, s->size, NEVER, 0, 0, 0) == sizeof(struct event) + 8);
  EXPECT(!s->status && e->type == EVENT_MESSAGE && !memcmp(body_of(e), &round, 8));
}

static void memory(u64 round) {
  s64 m = TRY(SYS_MEMORY_CREATE, 3 * PAGE, 0, 0, 0, 0, 0);
  EXPECT(m > 0);
  s64 at = TRY(SYS_MEMORY_MAP, 0, m, 0, 0, 3 * PAGE, PROTECT_READ | PROTECT_WRITE);
  EXPECT(at > 0);
  volatile u64 *words = (volatile u64 *)at;
  for (u32 i = 0; i < 3; i++) {
    EXPECT(!words[512 * i]);
    words[512 * i] = round + i;
  }
  for (u32 i = 0; i < 3; i++)
    EXPECT(words[512 * i] == round + i);
  EXPECT(!TRY(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0));
  EXPECT(!TRY(SYS_HANDLE_CLOSE, m, 0, 0, 0, 0, 0));
}

static void timers(u32 port) {
  s64 timer = TRY(SYS_TIMER_CREATE, 0, 0, 0, 0, 0, 0);
  EXPECT(timer > 0);
  EXPECT(!TRY(SYS_BIND, timer, port, 5, 0, 0, 0));
  EXPECT(!TRY(SYS_TIMER_SET, timer, 1, 0, 0, 0, 0)); // long over
  EXPECT(TRY(SYS_SUBMIT_WAIT, port, 0, NEVER, 0, 0, 0) == sizeof(struct event));
  EXPECT(event_area(buffer)->type == EVENT_TIMER && event_area(buffer)->key == 5);
  EXPECT(!TRY(SYS_HANDLE_CLOSE, timer, 0, 0, 0, 0, 0));
}

void neighbour_child(const struct task *s) {
  static u64 own[64];
  u32 port = new_port(), ends[2];
  channel(ends);
  EXPECT(!TRY(SYS_BIND, ends[1], port, 1, 0, 0, 0));
  for (u64 i = 0; i < 64; i++)
    own[i] = i * 0x0123456789abcdef;
  for (u64 round = 0; round < s->argument[0]; round++) {
    messages(port, ends, round);
    memory(round);
    timers(port);
    for (u64 i = 0; i < 64; i++)
      EXPECT(own[i] == i * 0x0123456789abcdef);
    BOARD[ROUNDS]++;
  }
}
