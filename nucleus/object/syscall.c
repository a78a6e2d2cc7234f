// The table of system calls and the one way into them: what the first argument must name, with
// which right. A call that ran out of memory while dead objects wait to be freed is tried again when
// they are gone.
#include "../nucleus.h"

enum { NONE = 0, ANY = 255, OWN = 0x8000 }; // OWN: 0 names the caller's process
#define CALLS(X)                                                                                   \
  X(SUBMIT_WAIT, submit_wait, NONE, 0)                                                             \
  X(HANDLE_CLOSE, handle_close, ANY, 0)                                                            \
  X(HANDLE_DUPLICATE, handle_duplicate, ANY, RIGHT_DUPLICATE)                                      \
  X(HANDLE_INFO, handle_info, ANY, 0) X(HANDLE_GIVE, handle_give, KIND_PROCESS, RIGHT_MANAGE) X(   \
      CHANNEL_CREATE, channel_create, NONE, 0) X(PORT_CREATE, port_create, NONE,                   \
                                                 0) X(BIND, bind, ANY, RIGHT_BIND)                 \
      X(TIMER_CREATE, timer_create, NONE, 0) X(TIMER_SET, timer_set, KIND_TIMER, RIGHT_WRITE) X(   \
          MEMORY_CREATE, memory_create, NONE, 0) X(MEMORY_CLONE, memory_clone, KIND_MEMORY,        \
                                                   RIGHT_READ) X(MEMORY_MAP, memory_map,           \
                                                                 KIND_PROCESS, RIGHT_MANAGE | OWN) \
          X(MEMORY_UNMAP, memory_unmap, KIND_PROCESS,                                              \
            RIGHT_MANAGE | OWN) X(MEMORY_INFO, memory_info, KIND_MEMORY, RIGHT_INFO)               \
              X(PROCESS_CREATE, process_create, KIND_PROCESS_FACTORY,                              \
                RIGHT_USE) X(PROCESS_START, process_start, KIND_PROCESS,                           \
                             RIGHT_MANAGE) X(PROCESS_EXIT, process_exit, NONE, 0)                  \
                  X(PROCESS_KILL, process_kill, KIND_PROCESS,                                      \
                    RIGHT_MANAGE) X(PROCESS_INFO, process_info, KIND_PROCESS, RIGHT_INFO | OWN)    \
                      X(THREAD_CREATE, thread_create, NONE,                                        \
                        0) X(THREAD_EXIT, thread_exit, NONE,                                       \
                             0) X(BUDGET_CREATE, budget_create, KIND_BUDGET, RIGHT_USE)            \
                          X(BUDGET_INFO, budget_info, KIND_BUDGET, RIGHT_INFO)                     \
                              X(INTERRUPT_CREATE, interrupt_create, KIND_INTERRUPT_PRIVILEGE,      \
                                RIGHT_USE) X(INTERRUPT_ACKNOWLEDGE, interrupt_acknowledge,         \
                                             KIND_INTERRUPT,                                       \
                                             RIGHT_MANAGE) X(INTERRUPT_MESSAGE, interrupt_message, \
                                                             KIND_INTERRUPT, RIGHT_INFO)           \
                                  X(IO_PORTS_CREATE, io_ports_create, KIND_IO_PORT_PRIVILEGE,      \
                                    RIGHT_USE) X(IO_READ, io_read, KIND_IO_PORTS, RIGHT_READ)      \
                                      X(IO_WRITE, io_write, KIND_IO_PORTS, RIGHT_WRITE) X(         \
                                          DEVICE_MEMORY_CREATE, device_memory_create,              \
                                          KIND_DEVICE_MEMORY_PRIVILEGE,                            \
                                          RIGHT_USE) X(DMA_CREATE, dma_create, KIND_DMA_PRIVILEGE, \
                                                       RIGHT_USE) X(DMA_RELEASE, dma_release,      \
                                                                    KIND_DMA_PRIVILEGE, RIGHT_USE) \
                                          X(LOG_WRITE, log_write, KIND_DEBUG_LOG, RIGHT_WRITE)     \
                                              X(LOG_READ, log_read, KIND_DEBUG_LOG, RIGHT_READ)    \
                                                  X(SYSTEM_INFO, system_info, KIND_SYSTEM,         \
                                                    RIGHT_INFO) X(SYSTEM_CONTROL, system_control,  \
                                                                  KIND_SYSTEM, RIGHT_MANAGE)       \
                                                      X(CLOCK, clock, NONE, 0)

#define DECLARE(number, name, kind, rights) SYSCALL(name);
CALLS(DECLARE)
#define ENTRY(number, name, kind, rights) [SYS_##number] = {sys_##name, #name, kind, rights},
static const struct {
  s64 (*run)(struct thread *t, const u64 *a);
  const char *name;
  u8 kind;
  u16 rights;
} calls[SYS_COUNT] = {CALLS(ENTRY)};

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
  if (kind != NONE && (a[0] || !(rights & OWN))) {
    t->target = checked(t, a[0], kind == ANY ? 0 : kind, rights & RIGHT_ALL);
    if (!t->target)
      return failure;
    t->named = vault_find(t->process->vault, (u32)a[0], 0, 0);
  }
  return calls[number].run(t, a);
}

s64 syscall_run(struct thread *t, u64 number, const u64 argument[6]) {
  t->second = 0;
  if (t->drains && !object_drained(t)) {
    object_reap_slice();
    return RESTART;
  }
  s64 result = dispatch(t, number, argument);
  if (result == RESTART)
    return RESTART;
  if (t->partial)
    object_release(t->partial); // the call failed midway
  t->partial = 0;
  t->progress = 0;
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
