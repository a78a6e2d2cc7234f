// The program's entry. First process: every case runs once to warm up and once for the record, and
// must give back all memory. Child: what its START says.
#include "system.h"

static const struct {
  const char *name;
  run_case *run;
  u32 whole; // scale of the size that is wanted of it: 1,000,000 calls, 100 hogs; 0: none
} cases[] = {
    {"a hostile process gets nothing", hostile_case, 100},
    {"every fault is reported, and nothing else is touched", faults_case, 0},
    {"hogs stay within their budgets, and neighbours do not notice", hogs_case, 10},
    {"a storm of messages, handles, threads and timers", storm_case, 0},
    {"kills at any moment", kills_case, 0},
    {"no processor reads a page after it was unmapped", shootdown_case, 0},
    {"registers survive preemption and migration", registers_case, 0},
    {"what was delegated is taken back at any moment", revoke_case, 0},
    {"sealed code runs, and stays as it is", seal_case, 0},
    {"clones share pages until they are written to", share_case, 0},
};
enum { CASES = sizeof cases / sizeof *cases };

static const char *option(const u8 *platform, const char *key) {
  const char *text = (const char *)platform + offsetof(struct platform, options);
  for (u32 i = 0; text[i]; i++) {
    u32 j = 0;
    while (key[j] && text[i + j] == key[j])
      j++;
    if (!key[j] && text[i + j] == '=' && (!i || text[i - 1] == '\n'))
      return text + i + j + 1;
  }
  return "";
}
static u64 number(const char *text) {
  u64 value = 0;
  for (; *text >= '0' && *text <= '9'; text++)
    value = value * 10 + (u64)(*text - '0');
  return value;
}

static void check_nothing_is_left(u64 free_pages, u32 processes) {
  u64 left = program_pages();
  if (left != free_pages)
    fail("# %d pages are gone", (s64)(free_pages - left));
  if (process_count() != processes)
    fail("# %u processes instead of %u", (u64)process_count(), (u64)processes);
}

static void first_process(const u8 *payload) {
  static u32 handles[256];
  memcpy(handles, payload + sizeof(struct start), 4);
  memcpy(handles + 1, payload + sizeof(struct start) + 4, handles[0] * 4);
  report_begin(handles[1 + FIRST_DEBUG_LOG]);
  spawner_begin(handles);
  const u8 *platform =
      (const u8 *)CALL(SYS_MEMORY_MAP, 0, first[FIRST_PLATFORM], 0, 0, PAGE, PROTECT_READ);
  memcpy(&cpus, platform + offsetof(struct platform, cpus), 4);
  u32 scale = (u32)number(option(platform, "torture_scale"));
  bool whole = number(option(platform, "torture_whole"));
  struct campaign c = {.seed = number(option(platform, "torture_seed"))};
  u64 only = number(option(platform, "torture_only")); // a case's number, 0 all
  say("1..%u", only ? 1ull : (u64)CASES);
  for (u32 i = 0; i < CASES; i++) {
    if (only && only != i + 1)
      continue;
    c.scale = whole && cases[i].whole > scale ? cases[i].whole : scale;
    struct campaign warm = {.seed = c.seed + 1000, .scale = 0};
    cases[i].run(&warm);
    u64 free_pages = program_pages();
    u32 processes = process_count();
    if (c.scale)
      cases[i].run(&c);
    check_nothing_is_left(free_pages, processes);
    say(case_failed() ? "not ok %u - %s (seed %u)" : "ok %u - %s", (u64)i + 1, cases[i].name,
        c.seed);
  }
  say("# done");
  CALL(SYS_SUBMIT_WAIT, exit_port, 0, NEVER, 0, 0, 0);
}

static void child(const struct task *s, const u32 *handles, u32 count) {
  switch (s->role) {
  case ROLE_HOSTILE:
    return hostile_child(s);
  case ROLE_FAULT:
    return fault_child(s);
  case ROLE_NEIGHBOUR:
    return neighbour_child(s);
  case ROLE_HOG:
    return hog_child(s);
  case ROLE_STORM:
    return storm_child(s, handles, count);
  case ROLE_VICTIM:
    return victim_child(s);
  case ROLE_SHOOTDOWN:
    return shootdown_child(s);
  case ROLE_REGISTERS:
    return registers_child(s);
  case ROLE_SHARER:
    return share_child(s);
  case ROLE_REVOKED:
    return revoke_child(s, handles, count);
  default:
    exit_process(1);
  }
}

__attribute__((used)) void program(u8 *b) {
  buffer = b;
  const struct event *e = event_area(b);
  struct task s;
  u32 handles[LIMIT_MESSAGE_HANDLES];
  const u8 *payload = body_of(e) + ((e->handles * 4u + 7) & ~7u);
  memcpy(&s, payload, sizeof s);
  memcpy(handles, body_of(e), e->handles * 4u);
  if (s.magic == 1)
    first_process(payload);
  else
    child(&s, handles, e->handles);
  exit_process(0);
}

__asm__(
    ".section .text.start,\"ax\"\n.globl engine_start\nengine_start: call program\n ud2\n.text");
