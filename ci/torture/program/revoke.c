// Revoke storms: memory that was delegated to processes, which map it, write to it and delegate it
// on, is taken back at any moment. From then on nobody but its owner writes to it, no process
// faults, and no copy of a handle is left.
#include "system.h"

enum { CHILDREN = 4, PAGES = 70, ROUNDS, SEEN, MAPS };

/// Works until its handle is dead; a mapping that it still has must go on to be usable.
void revoke_child(const struct task *s, const u32 *handles, u32 count) {
  struct random r = random_from(s->argument[0]);
  CHECK(count == 1);
  for (u32 copy = handles[0]; BOARD[SEEN] < 64; BOARD[ROUNDS]++) {
    u64 second = 0;
    s64 at = TRY(SYS_MEMORY_MAP, 0, copy, 0, 0, PAGES * PAGE, PROTECT_READ | PROTECT_WRITE);
    s64 more = system_call(SYS_DELEGATE, copy, RIGHT_ALL, 0, 0, 0, 0, &second);
    if (at < 0 || more < 0) { // dead, or on the way; whatever was made of it must be dead soon
      CHECK(at >= 0 || at == ERROR_BAD_HANDLE);
      CHECK(more >= 0 || more == ERROR_BAD_HANDLE);
      BOARD[SEEN]++;
    }
    if (at >= 0) {
      BOARD[MAPS]++;
      volatile u64 *words = (volatile u64 *)at;
      for (u32 n = 0; n < 20000; n++) // no call meanwhile: translations stay
        words[below(&r, PAGES * PAGE / 8)] = n;
      CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
    }
    if (more >= 0) {
      TRY(SYS_MEMORY_INFO, more, 0, 0, 0, 0, 0);
      CALL(SYS_HANDLE_CLOSE, second, 0, 0, 0, 0, 0);
      CHECK(TRY(SYS_HANDLE_INFO, more, 0, 0, 0, 0, 0) == ERROR_BAD_HANDLE);
    }
  }
}

static void round_of(struct random *r, u32 n) {
  u32 process[CHILDREN], memory = (u32)CALL(SYS_MEMORY_CREATE, PAGES * PAGE, 0, 0, 0, 0, 0);
  volatile u64 *words = (volatile u64 *)CALL(SYS_MEMORY_MAP, 0, memory, 0, 0, PAGES * PAGE,
                                             PROTECT_READ | PROTECT_WRITE);
  u64 end, none;
  u32 wide =
      (u32)must(__FILE__, __LINE__, system_call(SYS_DELEGATE, memory, RIGHT_ALL, 0, 0, 0, 0, &end));
  for (u32 i = 0; i < CHILDREN; i++) {
    boards[i][ROUNDS] = boards[i][SEEN] = boards[i][MAPS] = 0;
    u32 copy = (u32)CALL(SYS_HANDLE_DUPLICATE, wide, RIGHT_ALL, 0, 0, 0, 0);
    process[i] = spawn(&(struct plan){.name = "revoked",
                                      .role = ROLE_REVOKED,
                                      .argument = {random_u64(r)},
                                      .handles = &copy,
                                      .count = 1,
                                      .key = i},
                       i);
  }
  u32 port = new_port();
  CALL(SYS_SUBMIT_WAIT, port, 0, now() + 1000000 + below(r, 8000000), 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, end, 0, 0, 0, 0, 0);
  for (u32 i = 0; i < PAGES * PAGE / 8; i += 8)
    words[i] = ~(u64)i;
  CALL(SYS_SUBMIT_WAIT, port, 0, now() + 1000000, 0, 0, 0);
  for (u32 i = 0; i < PAGES * PAGE / 8; i += 8)
    if (words[i] != ~(u64)i) {
      fail("# round %u: word %u was overwritten with %u", (u64)n, (u64)i, words[i]);
      break;
    }
  if (system_call(SYS_HANDLE_INFO, wide, 0, 0, 0, 0, 0, &none) != ERROR_BAD_HANDLE)
    fail("# round %u: the first copy lives", (u64)n);
  for (u32 i = 0; i < CHILDREN; i++) {
    struct exit_report e;
    u64 key = next_exit(&e);
    if (e.reason != ENDED_EXITED || e.code)
      fail("# round %u: child %u ended with reason %u, code %d, vector %u at %x", (u64)n, key,
           (u64)e.reason, (s64)e.code, (u64)e.vector, e.address);
    CALL(SYS_HANDLE_CLOSE, process[key], 0, 0, 0, 0, 0);
  }
  CALL(SYS_MEMORY_UNMAP, 0, words, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, memory, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, port, 0, 0, 0, 0, 0);
}

void revoke_case(const struct campaign *c) {
  struct random r = random_from(c->seed);
  for (u32 n = 0; n < (c->scale ? 4 * c->scale : 1); n++)
    round_of(&r, n);
}
