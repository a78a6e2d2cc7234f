// The table of system calls and the one way into them. A call that ran out of memory while dead
// objects wait to be freed is tried once more when they are gone.
#include "../nucleus.h"

#define CALLS(X)                                                                                   \
  X(SUBMIT_WAIT, submit_wait)                                                                      \
  X(HANDLE_CLOSE, handle_close)                                                                    \
  X(HANDLE_DUPLICATE, handle_duplicate) X(HANDLE_INFO, handle_info) X(HANDLE_GIVE, handle_give)    \
      X(CHANNEL_CREATE, channel_create) X(PORT_CREATE, port_create) X(BIND, bind)                  \
          X(TIMER_CREATE, timer_create) X(TIMER_SET, timer_set) X(MEMORY_CREATE, memory_create) X( \
              MEMORY_CLONE, memory_clone) X(MEMORY_MAP, memory_map) X(MEMORY_UNMAP, memory_unmap)  \
              X(MEMORY_INFO, memory_info) X(PROCESS_CREATE, process_create)                        \
                  X(PROCESS_START, process_start) X(PROCESS_EXIT, process_exit)                    \
                      X(PROCESS_KILL, process_kill) X(PROCESS_INFO, process_info)                  \
                          X(THREAD_CREATE, thread_create) X(THREAD_EXIT, thread_exit)              \
                              X(BUDGET_CREATE, budget_create) X(BUDGET_INFO, budget_info)          \
                                  X(INTERRUPT_CREATE, interrupt_create) X(INTERRUPT_ACKNOWLEDGE,   \
                                                                          interrupt_acknowledge)   \
                                      X(INTERRUPT_MESSAGE, interrupt_message)                      \
                                          X(IO_PORTS_CREATE, io_ports_create) X(IO_READ, io_read)  \
                                              X(IO_WRITE, io_write)                                \
                                                  X(DEVICE_MEMORY_CREATE, device_memory_create)    \
                                                      X(DMA_CREATE, dma_create)                    \
                                                          X(DMA_RELEASE, dma_release)              \
                                                              X(LOG_WRITE, log_write)              \
                                                                  X(LOG_READ, log_read)            \
                                                                      X(SYSTEM_INFO, system_info)  \
                                                                          X(SYSTEM_CONTROL,        \
                                                                            system_control)        \
                                                                              X(CLOCK, clock)

#define DECLARE(number, name) s64 sys_##name(struct thread *t, const u64 *a);
CALLS(DECLARE)
#define ENTRY(number, name) [SYS_##number] = {sys_##name, #name},
static const struct {
  s64 (*run)(struct thread *t, const u64 *a);
  const char *name;
} calls[SYS_COUNT] = {CALLS(ENTRY)};

/// Tells the log, at most once a second a process, whose budget is empty and what it wanted.
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

s64 syscall_run(struct thread *t, u64 number, const u64 argument[6]) {
  s64 result = ERROR_UNKNOWN_CALL;
  t->second = 0;
  if (t->draining && object_reap_pending()) {
    object_reap_slice();
    return RESTART;
  }
  if (number < SYS_COUNT)
    result = calls[number].run(t, argument);
  if (result == RESTART)
    return RESTART;
  if (t->partial) {
    object_release(t->partial); // the call failed midway
    t->partial = 0;
  }
  t->progress = 0;
  if ((result == ERROR_BUDGET_EMPTY || result == ERROR_NO_MEMORY) && !t->draining &&
      object_reap_pending()) {
    t->gathered = 0;
    t->draining = true;
    return RESTART;
  }
  t->draining = false;
  for (unsigned i = 0; i < 4; i++)
    object_reap_slice();
  if (result == WAITING)
    return WAITING;
  t->gathered = 0;
  t->result = result;
  if (result == ERROR_BUDGET_EMPTY)
    tell_empty(t->process, calls[number].name);
  return result;
}
