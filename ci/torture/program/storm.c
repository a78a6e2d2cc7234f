// A storm: processes in a ring, joined by channels, each with several threads that make random
// calls with real handles and pass them on. Some are killed in the middle; then all memory comes
// back.
#include "noise.h"

enum { WORKERS = 8, GIVEN = 2, SEEN = 16 };
static u64 seen[16];

static void worker(u8 *b, u64 argument) {
  struct noise n = {.random = random_from(argument), .buffer = b};
  s64 port = TRY(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
  s64 timer = TRY(SYS_TIMER_CREATE, 0, 0, 0, 0, 0, 0);
  if (port > 0 && timer > 0 && !TRY(SYS_BIND, timer, port, 0, 0, 0, 0)) {
    n.port = (u32)port;
    n.timer = (u32)timer;
    for (u32 i = 0; i < ENDS; i++) // the last thread to come has them, until others take them
      TRY(SYS_BIND, ends[i], port, i, 0, 0, 0);
  }
  for (u32 i = 0; i < (argument & 0xffff); i++) {
    noise_step(&n);
    if (n.violation) {
      BOARD[1] = n.violation;
      BOARD[2] = (u64)n.result;
    }
    BOARD[0]++; // not exact: threads share it
  }
  for (u32 i = 0; i < 16; i++)
    __atomic_add_fetch(&BOARD[SEEN + i], n.seen[i], __ATOMIC_RELAXED);
}

void storm_child(const struct task *s, const u32 *handles, u32 count) {
  cpus = (u32)s->argument[3];
  for (u32 i = 0; i < count; i++) { // some of each, so that losing one is not the end
    ends[i] = handles[i];
    for (u32 j = 1; j < ENDS / GIVEN; j++)
      ends[i + j * count] = (u32)CALL(SYS_HANDLE_DUPLICATE, handles[i], RIGHT_ALL, 0, 0, 0, 0);
  }
  u64 steps = s->argument[2];
  struct random r = random_from(s->argument[0]);
  for (u32 i = 0; i < 2; i++)
    thread(worker, (random_u64(&r) & ~0xffffull) | steps, below(&r, cpus + 1));
  worker(buffer, (random_u64(&r) & ~0xffffull) | steps);
}

static void round_of(struct random *r, u64 steps) {
  u32 left[WORKERS], right[WORKERS], process[WORKERS];
  bool alive[WORKERS];
  u32 count = cpus + 2 < WORKERS ? cpus + 2 : WORKERS;
  for (u32 i = 0; i < count; i++) {
    u32 e[2];
    channel(e);
    right[i] = e[0];
    left[(i + 1) % count] = e[1];
  }
  for (u32 i = 0; i < count; i++) {
    for (u32 j = 0; j < SEEN + 16; j++)
      boards[i][j] = 0;
    struct plan p = {.name = "storm",
                     .role = ROLE_STORM,
                     .argument = {random_u64(r), 0, steps, cpus},
                     .budget = 8 << 20,
                     .handles = (u32[]){left[i], right[i]},
                     .count = GIVEN,
                     .key = i};
    process[i] = spawn(&p, i);
    alive[i] = true;
  }
  u32 port = new_port();
  for (u32 killed = below(r, count); killed--;) {
    CALL(SYS_SUBMIT_WAIT, port, 0, now() + below(r, 3000000), 0, 0, 0);
    TRY(SYS_PROCESS_KILL, process[below(r, count)], 1, 0, 0, 0, 0);
  }
  CALL(SYS_HANDLE_CLOSE, port, 0, 0, 0, 0, 0);
  for (u32 i = 0; i < count; i++) {
    struct exit_report e;
    u64 key = next_exit(&e);
    if (key >= count || !alive[key]) {
      fail("# EXIT of %u came twice", key);
      continue;
    }
    alive[key] = false;
    if (e.reason == ENDED_FAULT || (e.reason == ENDED_EXITED && e.code))
      fail("# storm process: reason %u code %d vector %u address %x instruction %x", (u64)e.reason,
           (s64)e.code, (u64)e.vector, e.address, e.instruction);
    if (boards[key][1])
      fail("# storm: call %u gave %d", boards[key][1] - 1, (s64)boards[key][2]);
    for (u32 j = 0; j < 16; j++)
      seen[j] += boards[key][SEEN + j];
    CALL(SYS_HANDLE_CLOSE, process[key], 0, 0, 0, 0, 0);
  }
}

void storm_case(const struct campaign *c) {
  struct random r = random_from(c->seed);
  memset(seen, 0, sizeof seen);
  for (u32 i = 0; i < (c->scale ? 2 * c->scale : 1); i++)
    round_of(&r, c->scale ? 1200 : 100);
  const u8 wanted[] = {0, EVENT_MESSAGE, EVENT_CALL, EVENT_REPLY, EVENT_CLOSED, EVENT_TIMER};
  for (u32 i = 0; c->scale && i < sizeof wanted; i++)
    if (!seen[wanted[i]])
      fail("# the storm was a breeze: no event %u", (u64)wanted[i]);
  say("storm: replies %u, messages %u, calls %u, failed calls %u, closed %u, timers %u", seen[0],
      seen[EVENT_MESSAGE], seen[EVENT_CALL], seen[EVENT_REPLY], seen[EVENT_CLOSED],
      seen[EVENT_TIMER]);
}
