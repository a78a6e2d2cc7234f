// The table of system calls and the one way into them: what the first argument must name, with
// which right. A call that ran out of memory while dead objects wait to be freed is tried again
// when they are gone.
#include "../nucleus.h"

enum { ANY = 255, OWN = 0x8000 }; // OWN: 0 names the caller's process
#define DECLARE(number, name, kind, rights) SYSCALL(name);
SYSTEM_CALLS(DECLARE)
#define ENTRY(number, name, kind, rights) [SYS_##number] = {sys_##name, #name, kind, rights},
static const struct {
  s64 (*run)(struct thread *t, const u64 *a);
  const char *name;
  u8 kind;
  u16 rights;
} calls[SYS_COUNT] = {SYSTEM_CALLS(ENTRY)};

/// Tells the log, at most once a second a process, which budget is empty and what was wanted of it.
static void tell_empty(struct process *p, const char *wanted) {
  const struct budget *b = p->budget;
  u64 now = arch_now();
  if (p->logged && now < p->logged + 1000000000)
    return;
  for (const struct budget *i = b; i; i = i->parent)
    if (i->limit - i->used < b->limit - b->used)
      b = i;
  p->logged = now ? now : 1;
  log_line("%s: %s found its budget of %U bytes empty (%U used)", p->name, wanted, b->limit,
           b->used);
}

static s64 dispatch(struct thread *t, u64 number, const u64 *a) {
  if (number >= SYS_COUNT)
    return ERROR_UNKNOWN_CALL;
  u8 kind = calls[number].kind;
  u16 rights = calls[number].rights;
  t->target = &t->process->object;
  if (t->partial && t->partial->kind == KIND_PROCESS) {
    t->target = t->partial; // memory_map goes on, whatever has become of the handle
  } else if (kind != KIND_NONE && (a[0] || !(rights & OWN))) {
    t->target = checked(t, a[0], kind == ANY ? 0 : kind, rights & RIGHT_ALL);
    if (!t->target)
      return failure;
    t->named = vault_find(t->process->vault, (u32)a[0], 0, 0);
  }
  return calls[number].run(t, a);
}

s64 syscall_run(struct thread *t, u64 number, const u64 argument[6]) {
  t->second = 0;
  if (t->number != number) { // its text was mapped anew before an unfinished call was entered again
    thread_forget(t);
    t->gathered = 0;
  }
  t->number = number;
  if (t->drains && !object_drained(t)) {
    object_reap_slice();
    return RESTART;
  }
  s64 result = dispatch(t, number, argument);
  if (result == RESTART)
    return RESTART;
  thread_forget(t); // where it failed midway
  if ((result == ERROR_BUDGET_EMPTY || result == ERROR_NO_MEMORY) && object_drain(t)) {
    t->gathered = 0;
    return RESTART;
  }
  t->drains = 0;
  for (unsigned i = 0; i < 4 && object_reap_pending(); i++)
    object_reap_slice();
  if (result == WAITING)
    return WAITING;
  t->gathered = 0;
  t->result = result;
  if (result == ERROR_BUDGET_EMPTY)
    tell_empty(t->process, calls[number].name);
  return result;
}
