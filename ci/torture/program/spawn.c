// Children: processes of this same program, mapped from the boot image's objects, each with a
// budget of its own and no handle but what its plan gives it. Invariant: what is made here goes
// when the child goes.
#include "system.h"

u32 exit_port, cpus;
volatile u64 *boards[BOARDS];
static u32 board_handle[BOARDS];

void spawner_begin(const u32 *handles) {
  program_begin(handles);
  exit_port = new_port();
  for (u32 i = 0; i < BOARDS; i++) {
    board_handle[i] = (u32)CALL(SYS_MEMORY_CREATE, PAGE, 0, 0, 0, 0, 0);
    boards[i] = (volatile u64 *)CALL(SYS_MEMORY_MAP, 0, board_handle[i], 0, 0, PAGE,
                                     PROTECT_READ | PROTECT_WRITE);
  }
  static u32 many[2000]; // so that pages of the vault never come on demand later
  for (u32 i = 0; i < 2000; i++)
    many[i] = (u32)CALL(SYS_HANDLE_DUPLICATE, exit_port, RIGHT_ALL, 0, 0, 0, 0);
  for (u32 i = 0; i < 2000; i++)
    CALL(SYS_HANDLE_CLOSE, many[i], 0, 0, 0, 0, 0);
}

extern const u8 last_instruction_page[];

u32 prepare(const struct plan *p, u32 board) {
  u32 process =
      program_make(p->name, p->budget ? p->budget : 4 << 20, p->weight ? p->weight : 100, 32768);
  program_map(process, board_handle[board], ADDRESS_SHARED, 0, PAGE, PROTECT_READ | PROTECT_WRITE);
  if (p->role == ROLE_FAULT) // its code again, as the last page of user space
    program_map(process, program_text.handle, ADDRESS_USER_END - PAGE,
                (u64)last_instruction_page - program_text.address, PAGE,
                PROTECT_READ | PROTECT_EXECUTE);
  CALL(SYS_BIND, process, exit_port, p->key, 0, 0, 0);
  return process;
}

void launch(u32 process, const struct plan *p) {
  struct task task = {.magic = 0x70727574, .role = p->role};
  memcpy(task.argument, p->argument, sizeof task.argument);
  program_start(process, &task, sizeof task, p->handles, p->count);
}

u32 spawn(const struct plan *p, u32 board) {
  u32 process = prepare(p, board);
  launch(process, p);
  return process;
}

u64 next_exit(struct exit_report *r) {
  static u64 left, at;
  if (!left) {
    left = CALL(SYS_SUBMIT_WAIT, exit_port, 0, NEVER, 0, 0, 0);
    at = 0;
  }
  static u8 events[LIMIT_EVENT_BYTES] __attribute__((aligned(8)));
  if (!at)
    memcpy(events, event_area(buffer), left); // calls in between use the buffer
  const struct event *e = (const void *)(events + at);
  CHECK(e->type == EVENT_EXIT && e->length == sizeof *r);
  memcpy(r, body_of(e), sizeof *r);
  at += e->size;
  left -= e->size;
  return e->key;
}

void kill_child(u32 process, u64 key) {
  struct exit_report r;
  CALL(SYS_PROCESS_KILL, process, 7, 0, 0, 0, 0);
  CHECK(next_exit(&r) == key && r.reason == ENDED_KILLED && r.code == 7);
  CALL(SYS_HANDLE_CLOSE, process, 0, 0, 0, 0, 0);
}

static void system_figures(void) {
  CALL(SYS_SYSTEM_CONTROL, first[FIRST_SYSTEM], CONTROL_RECLAIM, 0, 0, 0, 0);
  CALL(SYS_SYSTEM_INFO, first[FIRST_SYSTEM], 0, 0, 0, 0, 0);
}
u64 program_pages(void) {
  system_figures();
  return *(u64 *)(buffer + offsetof(struct system_info, free_pages));
}
u32 process_count(void) {
  system_figures();
  return *(u32 *)(buffer + offsetof(struct system_info, processes));
}
