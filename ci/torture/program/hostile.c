// A process without a single handle makes random calls: nothing succeeds that reaches beyond what
// it makes itself and pays for. It may well destroy itself on the way; then the next one goes on.
#include "noise.h"

enum { DONE, VIOLATION, RESULT, ARGUMENTS, KEYS = 64 * 1024 };
enum { WHOLE_TABLE = 1 << 30 };

/// Every index with the first generations, and numbers beyond 32 bits: no handle at all.
static void sweep(const struct task *s) {
  for (u64 number = 0; number < 4ull << LIMIT_HANDLE_INDEX_BITS; number++)
    for (u32 call = 0; call < 2; call++) {
      s64 result = TRY(call ? SYS_HANDLE_CLOSE : SYS_HANDLE_INFO, number, 0, 0, 0, 0, 0);
      if (result != ERROR_BAD_HANDLE) {
        BOARD[VIOLATION] = WHOLE_TABLE;
        BOARD[ARGUMENTS] = number;
        BOARD[RESULT] = (u64)result;
      }
    }
  BOARD[DONE] += s->argument[1];
}

void hostile_child(const struct task *s) {
  if (s->argument[2])
    return sweep(s);
  cpus = (u32)s->argument[3];
  struct noise n = {.random = random_from(s->argument[0]), .buffer = buffer, .wild = true};
  n.port = new_port();
  while (BOARD[DONE] < s->argument[1]) {
    noise_step(&n);
    BOARD[DONE]++;
    if (!n.violation)
      continue;
    BOARD[RESULT] = (u64)n.result;
    for (u32 i = 0; i < 6; i++)
      BOARD[ARGUMENTS + i] = n.arguments[i];
    BOARD[VIOLATION] = n.violation;
    return;
  }
}

void hostile_case(const struct campaign *c) {
  u64 total = c->scale ? 10000ull * c->scale : 500;
  volatile u64 *board = boards[0];
  for (u32 i = 0; i < 512; i++)
    board[i] = 0;
  for (u64 round = 0; board[DONE] < total && !board[VIOLATION]; round++) {
    u64 before = board[DONE];
    struct plan p = {.name = "hostile",
                     .role = ROLE_HOSTILE,
                     .argument = {c->seed * 1000003 + round, total, !round, cpus},
                     .budget = 2 << 20};
    if (!round)
      p.argument[1] = 1;
    u32 process = spawn(&p, 0);
    struct exit_report r;
    next_exit(&r);
    CALL(SYS_HANDLE_CLOSE, process, 0, 0, 0, 0, 0);
    if (r.reason == ENDED_KILLED || (r.reason == ENDED_EXITED && r.code))
      fail("# hostile process ended with reason %u code %d", (u64)r.reason, (s64)r.code);
    if (board[DONE] == before && round > 1000) {
      fail("# hostile processes make no progress");
      break;
    }
  }
  if (board[VIOLATION])
    fail("# call %u(%x, %x, %x, %x, %x, %x) gave %d", board[VIOLATION] - 1, board[ARGUMENTS],
         board[ARGUMENTS + 1], board[ARGUMENTS + 2], board[ARGUMENTS + 3], board[ARGUMENTS + 4],
         board[ARGUMENTS + 5], (s64)board[RESULT]);
}
