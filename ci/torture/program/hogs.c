// Hogs: processes that each take one thing until it is refused, and then go on trying. The refusal
// must be the documented one; a neighbour's rounds all succeed; when the hogs are gone, everything
// is free again.
#include "system.h"

enum { TAKEN, ERROR, FULL };
enum {
  PAGES,
  LARGE,
  TABLES,
  HANDLES,
  MESSAGES,
  OBJECTS,
  THREADS,
  CALLS,
  CLONES,
  CONTIGUOUS,
  KINDS
};

static s64 put(u32 operation, u32 endpoint, u32 port, u32 length) {
  struct submission *s = submit_area(buffer);
  *s = (struct submission){.size = (sizeof(struct submission) + length + 7) & ~7u,
                           .operation = (u16)operation,
                           .handle = endpoint,
                           .length = length,
                           .port = port};
  TRY(SYS_SUBMIT_WAIT, 0, s->size, 0, 0, 0, 0);
  return s->status;
}

/// Every fourth spins, the others wait: rsi = port << 2 | number.
__asm__(".text\nhog_thread:\n  test $3, %esi\n  jz hog_thread\n  mov %esi, %ebx\n"
        "1: mov %ebx, %edi\n  shr $2, %edi\n  xor %eax, %eax\n  xor %esi, %esi\n"
        "  mov $-1, %rdx\n  syscall\n  jmp 1b\n");
_Static_assert(SYS_SUBMIT_WAIT == 0, "hog_thread waits with it");
extern const u8 hog_thread[];

/// One more of it: negative when it is refused.
static s64 take(u32 kind, u64 n) {
  static u32 held, port, ends[2], sent;
  switch (kind) {
  case PAGES:
    return TRY(SYS_MEMORY_CREATE, PAGE, 0, 0, 0, 0, 0);
  case LARGE:
    return TRY(SYS_MEMORY_CREATE, 37 * PAGE, 0, 0, 0, 0, 0);
  case CONTIGUOUS:
    return TRY(SYS_MEMORY_CREATE, 5 * PAGE, MEMORY_CONTIGUOUS, 0, 0, 0, 0);
  case TABLES:
    held = held ? held : (u32)CALL(SYS_MEMORY_CREATE, PAGE, 0, 0, 0, 0, 0);
    return TRY(SYS_MEMORY_MAP, 0, held, ADDRESS_HEAP + (n << 30), 0, PAGE, PROTECT_READ);
  case HANDLES:
    held = held ? held : new_port();
    return TRY(SYS_HANDLE_DUPLICATE, held, RIGHT_ALL, 0, 0, 0, 0);
  case MESSAGES:
    if (n == 0 || sent == LIMIT_QUEUE_DEPTH) {
      u64 second;
      s64 e = system_call(SYS_CHANNEL_CREATE, 0, 0, 0, 0, 0, 0, &second);
      if (e < 0)
        return e;
      ends[0] = (u32)e;
      sent = 0;
    }
    sent++;
    return put(OP_SEND, ends[0], 0, n % 2 ? 4096 : 100);
  case OBJECTS:
    return TRY(n % 3 == 0   ? SYS_PORT_CREATE
               : n % 3 == 1 ? SYS_TIMER_CREATE
                            : SYS_CHANNEL_CREATE,
               0, 0, 0, 0, 0, 0);
  case THREADS:
    port = port ? port : new_port();
    return TRY(SYS_THREAD_CREATE, hog_thread, ADDRESS_STACK_TOP, port << 2 | (n & 3), 0, 0, 0);
  case CALLS:
    if (!port) {
      port = new_port();
      channel(ends);
    }
    return put(OP_CALL, ends[0], port, (u32)(n % 700));
  default:
    held = held ? held : (u32)CALL(SYS_MEMORY_CREATE, 3 * PAGE, 0, 0, 0, 0, 0);
    return TRY(SYS_MEMORY_CLONE, held, 0, 3 * PAGE, 5 * PAGE, 0, 0);
  }
}

void hog_child(const struct task *s) {
  s64 result = 0;
  u64 n = 0;
  for (; result >= 0; n++)
    result = take((u32)s->argument[0], n);
  BOARD[TAKEN] = n - 1;
  BOARD[ERROR] = (u64)result;
  BOARD[FULL] = 1;
  for (;;)
    take((u32)s->argument[0], n++);
}

static bool is_expected(u32 kind, s64 error) {
  if (error == ERROR_BUDGET_EMPTY)
    return true;
  return (kind == HANDLES && error == ERROR_NO_HANDLE_SLOT) ||
         (kind == TABLES && error == ERROR_NO_ADDRESS_SPACE) ||
         (kind == CALLS && error == ERROR_QUEUE_FULL);
}

static void check_budget(u32 process, u64 kind) {
  CALL(SYS_PROCESS_INFO, process, 0, 0, 0, 0, 0);
  u64 used = *(u64 *)(buffer + offsetof(struct process_info, budget_used));
  u64 limit = *(u64 *)(buffer + offsetof(struct process_info, budget_limit));
  if (used > limit)
    fail("# hog %u uses %u bytes of %u", kind, used, limit);
}

void hogs_case(const struct campaign *c) {
  static u32 process[BOARDS];
  u32 count = c->scale ? KINDS * (c->scale < 10 ? c->scale : 10) : KINDS; // at most 100
  struct exit_report r;
  boards[count][0] = boards[count][1] = 0;
  for (u32 i = 0; i < count; i++) {
    boards[i][TAKEN] = boards[i][ERROR] = boards[i][FULL] = 0;
    struct plan p = {.name = "hog",
                     .role = ROLE_HOG,
                     .argument = {i % KINDS},
                     .budget = (1 << 20) + ((c->seed + i) % 7) * 100000,
                     .key = i};
    process[i] = spawn(&p, i);
  }
  u64 rounds = c->scale ? 15ull * c->scale : 5;
  struct plan p = {.name = "neighbour", .role = ROLE_NEIGHBOUR, .argument = {rounds}, .key = count};
  u32 neighbour = spawn(&p, count);
  u64 key = next_exit(&r);
  if (key != count || r.reason != ENDED_EXITED || r.code || boards[count][0] != rounds)
    fail("# neighbour: EXIT of %u reason %u code %d, %u rounds, line %u", key, (u64)r.reason,
         (s64)r.code, boards[count][0], boards[count][1]);
  CALL(SYS_HANDLE_CLOSE, neighbour, 0, 0, 0, 0, 0);
  for (u32 i = 0; i < count; i++) {
    while (!boards[i][FULL])
      CALL(SYS_SUBMIT_WAIT, 0, 0, 0, 0, 0, 0);
    if (!is_expected(i % KINDS, (s64)boards[i][ERROR]) || !boards[i][TAKEN])
      fail("# hog %u was refused with %d after %u", (u64)i % KINDS, (s64)boards[i][ERROR],
           boards[i][TAKEN]);
    check_budget(process[i], i % KINDS);
  }
  for (u32 i = 0; i < count; i++)
    kill_child(process[i], i);
}
