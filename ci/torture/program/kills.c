// Kills at any moment: of processes that compute, wait, allocate, map, message, and make threads,
// on their own processors and on others. After the kill has returned on the only processor, nothing
// of them runs again.
#include "system.h"

enum { RAN };
enum { SPIN, BLOCKED, ALLOCATE, MAP, THREADS, CALLS, CHANNELS, TIMERS, PINNED, FAULTS, VARIANTS };

static void spin(u8 *b, u64 argument) {
  (void)b, (void)argument;
  for (;;)
    BOARD[RAN]++;
}
static void wait_for_ever(u8 *b, u64 argument) {
  (void)b;
  for (;;)
    TRY(SYS_SUBMIT_WAIT, argument, 0, NEVER, 0, 0, 0);
}
static void leave_at_once(u8 *b, u64 argument) { (void)b, (void)argument; }

static void map_again(void) {
  u32 memory = (u32)CALL(SYS_MEMORY_CREATE, 300 * PAGE, 0, 0, 0, 0, 0);
  for (;;) {
    u64 at = CALL(SYS_MEMORY_MAP, 0, memory, 0, 0, 300 * PAGE, PROTECT_READ | PROTECT_WRITE);
    *(volatile u64 *)at = 1;
    CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
  }
}

static void call_again(void) {
  u32 ends[2], port = new_port();
  channel(ends);
  TRY(SYS_BIND, ends[1], port, 1, 0, 0, 0);
  for (u64 n = 0;; n++) {
    struct submission *s = submit_area(buffer);
    *s = (struct submission){.size = sizeof(struct submission),
                             .operation = OP_CALL,
                             .handle = ends[0],
                             .cookie = n,
                             .deadline = n % 3 ? 0 : now() + 1000,
                             .port = port};
    TRY(SYS_SUBMIT_WAIT, n % 5 ? port : 0, s->size, 0, 0, 0, 0); // reply handles pile up
    if (n % 200 == 199)
      TRY(SYS_HANDLE_CLOSE, ends[1], 0, 0, 0, 0, 0), channel(ends),
          TRY(SYS_BIND, ends[1], port, 1, 0, 0, 0);
  }
}

static void channels_again(void) {
  u32 ends[2], more[2];
  channel(ends);
  for (;;) { // ends in messages in queues of ends
    channel(more);
    if (send(buffer, ends[0], more, 2))
      TRY(SYS_HANDLE_CLOSE, ends[0], 0, 0, 0, 0, 0), TRY(SYS_HANDLE_CLOSE, ends[1], 0, 0, 0, 0, 0),
          TRY(SYS_HANDLE_CLOSE, more[1], 0, 0, 0, 0, 0), ends[0] = more[0];
  }
}

void victim_child(const struct task *s) {
  u32 here = (u32)s->argument[1];
  switch (s->argument[0]) {
  case SPIN:
    for (u32 i = 0; i < 3; i++)
      thread(spin, 0, 0);
    return spin(buffer, 0);
  case BLOCKED:
    for (u32 i = 0, port = new_port(); i < 4; i++)
      thread(wait_for_ever, port, i % 2 ? here : 0);
    return wait_for_ever(buffer, new_port());
  case ALLOCATE:
    for (;;)
      CALL(SYS_HANDLE_CLOSE, CALL(SYS_MEMORY_CREATE, 400 * PAGE, 0, 0, 0, 0, 0), 0, 0, 0, 0, 0);
  case MAP:
    thread(spin, 0, 0); // its processor is told of every unmapping
    return map_again();
  case THREADS:
    for (u64 n = 0;; n++) {
      thread(leave_at_once, 0, n % 2 ? here : 0);
      now();
    }
  case CALLS:
    return call_again();
  case CHANNELS:
    return channels_again();
  case TIMERS:
    for (u32 port = new_port(), i = 0;; i++)
      TRY(SYS_SUBMIT_WAIT, port, 0, now() + (i % 50) * 1000, 0, 0, 0);
  case PINNED:
    for (u32 i = 0; i < 5; i++)
      thread(spin, 0, here);
    return spin(buffer, 0);
  default: // it may end by itself just before
    for (u32 i = 0; i < 4; i++)
      thread(spin, 0, here);
    for (u64 until = now() + s->argument[2]; now() < until;)
      ;
    __builtin_trap();
  }
}

static void wait_some(struct random *r, u32 port, u32 most) {
  CALL(SYS_SUBMIT_WAIT, port, 0, now() + below(r, most), 0, 0, 0);
}

/// Of `alone`, or of some chosen by chance (VARIANTS).
static void round_of(struct random *r, u32 port, u32 alone) {
  enum { MOST = 6 };
  u32 process[MOST], order[MOST], count = alone < VARIANTS ? 1 : 1 + below(r, MOST), by_fault = 0;
  for (u32 i = 0; i < count; i++) {
    boards[i][RAN] = 0;
    struct plan p = {.name = "victim",
                     .role = ROLE_VICTIM,
                     .argument = {alone < VARIANTS ? alone : below(r, VARIANTS), 1 + below(r, cpus),
                                  below(r, 4000000)},
                     .key = i};
    process[i] = spawn(&p, i);
    order[i] = i;
  }
  for (u32 i = count - 1; i; i--) {
    u32 j = below(r, i + 1), swap = order[i];
    order[i] = order[j];
    order[j] = swap;
  }
  for (u32 i = 0; i < count; i++) {
    u32 k = order[i];
    wait_some(r, port, 3000000);
    s64 result = TRY(SYS_PROCESS_KILL, process[k], 7, 0, 0, 0, 0);
    u64 ran = boards[k][RAN];
    struct exit_report e;
    if (result == ERROR_BAD_STATE)
      by_fault++;
    if (count == 1) {
      next_exit(&e);
      if (cpus == 1 && boards[k][RAN] != ran)
        fail("# %d steps after the kill", (s64)(boards[k][RAN] - ran));
      if (result ? e.reason != ENDED_FAULT : e.reason != ENDED_KILLED || e.code != 7)
        fail("# victim: kill %d, reason %u code %d", result, (u64)e.reason, (s64)e.code);
    }
  }
  for (u32 i = 0; i < count; i++) {
    struct exit_report e;
    u64 key = 0;
    if (count > 1) {
      key = next_exit(&e);
      if (e.reason == ENDED_FAULT && by_fault)
        by_fault--;
      else if (e.reason != ENDED_KILLED || e.code != 7)
        fail("# victim: reason %u code %d vector %u at %x", (u64)e.reason, (s64)e.code,
             (u64)e.vector, e.instruction);
    }
    CALL(SYS_HANDLE_CLOSE, process[key], 0, 0, 0, 0, 0);
  }
}

void kills_case(const struct campaign *c) {
  struct random r = random_from(c->seed);
  u32 port = new_port();
  for (u32 i = 0; i < (c->scale ? 15 * c->scale : 4); i++)
    round_of(&r, port, c->scale ? i : VARIANTS);
  CALL(SYS_HANDLE_CLOSE, port, 0, 0, 0, 0, 0);
}
