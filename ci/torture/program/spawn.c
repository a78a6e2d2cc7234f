// Children: processes of this same program, mapped from the boot image's objects, each with a
// budget of its own and no handle but what its plan gives it. Invariant: what is made here goes
// when the child goes.
#include "system.h"

enum { STACK = 32768, ENTRY = 128, HEADER = 64 }; // docs/boot-image.md
u32 first[FIRST_IMAGE + 128];
u32 exit_port, cpus;
volatile u64 *boards[BOARDS];
static u32 board_handle[BOARDS];
static struct object {
  u32 handle;
  u64 length, memory, address, entry;
} text, rodata, data;

static u32 length_of(const char *s) {
  u32 n = 0;
  while (s[n])
    n++;
  return n;
}
static u64 pages(u64 bytes) { return (bytes + PAGE - 1) & ~(PAGE - 1ull); }

static void find(const u8 *table, u32 entries, const char *name, struct object *o) {
  for (u32 i = 0; i < entries; i++) {
    const u8 *e = table + HEADER + i * ENTRY;
    if (memcmp(e, name, length_of(name) + 1))
      continue;
    o->handle = first[FIRST_IMAGE + i];
    memcpy(&o->length, e + 48, 32); // length, memory, address, entry
  }
}

void spawner_begin(const u32 *handles) {
  memcpy(first, handles + 1, handles[0] * 4);
  u32 entries = handles[0] - FIRST_IMAGE;
  exit_port = new_port();
  const u8 *table = (const u8 *)CALL(SYS_MEMORY_MAP, 0, first[FIRST_TABLE], 0, 0,
                                     pages(HEADER + entries * ENTRY), PROTECT_READ);
  find(table, entries, "engine.text", &text);
  find(table, entries, "engine.rodata", &rodata);
  find(table, entries, "engine.data", &data);
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

static void map(u32 process, u32 memory, u64 address, u64 offset, u64 bytes, u64 protection) {
  CALL(SYS_MEMORY_MAP, process, memory, address, offset, pages(bytes), protection);
}

extern const u8 last_instruction_page[];

u32 prepare(const struct plan *p, u32 board) {
  u32 length = length_of(p->name);
  u32 budget = (u32)CALL(SYS_BUDGET_CREATE, first[FIRST_BUDGET], p->budget ? p->budget : 4 << 20, 0,
                         0, 0, 0);
  memcpy(buffer, p->name, length);
  u32 process = (u32)CALL(SYS_PROCESS_CREATE, first[FIRST_PROCESS_FACTORY], budget,
                          p->weight ? p->weight : 100, length, 0, 0);
  map(process, text.handle, text.address, 0, text.length, PROTECT_READ | PROTECT_EXECUTE);
  map(process, rodata.handle, rodata.address, 0, rodata.length, PROTECT_READ);
  u32 own =
      (u32)CALL(SYS_MEMORY_CLONE, data.handle, 0, pages(data.length), pages(data.memory), 0, 0);
  map(process, own, data.address, 0, data.memory, PROTECT_READ | PROTECT_WRITE);
  u32 stack = (u32)CALL(SYS_MEMORY_CREATE, STACK, 0, 0, 0, 0, 0);
  map(process, stack, ADDRESS_STACK_TOP - STACK, 0, STACK, PROTECT_READ | PROTECT_WRITE);
  map(process, board_handle[board], ADDRESS_SHARED, 0, PAGE, PROTECT_READ | PROTECT_WRITE);
  if (p->role == ROLE_FAULT) // its code again, as the last page of user space
    map(process, text.handle, ADDRESS_USER_END - PAGE, (u64)last_instruction_page - text.address,
        PAGE, PROTECT_READ | PROTECT_EXECUTE);
  CALL(SYS_HANDLE_CLOSE, own, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, stack, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, budget, 0, 0, 0, 0, 0);
  CALL(SYS_BIND, process, exit_port, p->key, 0, 0, 0);
  return process;
}

void launch(u32 process, const struct plan *p) {
  struct task start = {.magic = 0x70727574, .role = p->role};
  memcpy(start.argument, p->argument, sizeof start.argument);
  struct submission *s = submit_area(buffer);
  *s = (struct submission){.size =
                               (sizeof(struct submission) + p->count * 8 + sizeof start + 7) & ~7u,
                           .handles = p->count,
                           .length = sizeof start};
  for (unsigned i = 0; i < p->count; i++) {
    memcpy(body_of(s) + 8 * i, &p->handles[i], 4);
    memcpy(body_of(s) + 8 * i + 4, &(u32){RIGHT_ALL}, 4);
  }
  memcpy(body_of(s) + 8 * p->count, &start, sizeof start);
  CALL(SYS_PROCESS_START, process, text.entry, ADDRESS_STACK_TOP, s->size, 0, 0);
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
