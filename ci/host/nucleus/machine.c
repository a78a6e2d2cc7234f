// The driver of the host tests: memory, hooks, processors, submissions and events.
#define _DEFAULT_SOURCE
#include "machine.h"
#include <sanitizer/common_interface_defs.h>
#include <stdarg.h>
#include <sys/mman.h>

bool panic_expected, quiet;
jmp_buf panic_place;
u64 seed = 1, test_now;
u32 given[FIRST_HANDLES], io_value, io_reads, masked_lines[64];
struct thread *init;
static u32 processors;

u8 *sim_memory(size_t bytes) {
  void *at = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? 0 : at;
}
u32 hook_io_read(u32 port, u32 width) {
  io_reads++;
  return port ^ width ^ io_value;
}
void hook_io_write(u32 port, u32 width, u32 value) { io_value = value ^ port ^ width; }
void hook_power_off(void) {}
void hook_reboot(void) {}
void hook_panic(const char *file, u32 line, const char *reason) {
  if (panic_expected)
    longjmp(panic_place, 1);
  __sanitizer_print_stack_trace();
  fprintf(stderr, "panic at %s:%u: %s (seed %llu)\n", file, line, reason, (unsigned long long)seed);
  abort();
}
void hook_debug_write(const char *text, u32 bytes) { // the log of a case that makes noise is noise
  if (!quiet)
    fwrite(text, 1, bytes, stderr);
}
void hook_interrupt_mask(u32 line, u32 masked) { masked_lines[line] = masked; }
void hook_kick(u32 cpu) { (void)cpu; }
void hook_first(void) {
  u32 id = sim_first(100);
  check(id);
  init = sim_thread(id);
  check(sim_start(id, 0x10000000, (double)ADDRESS_STACK_TOP, sim_scratch(), 8));
}

void check_same(s64 got, s64 want, const char *what, const char *file, int line) {
  if (got == want)
    return;
  fprintf(stderr, "%s:%d: %s is %lld, not %lld (seed %llu)\n", file, line, what, (long long)got,
          (long long)want, (unsigned long long)seed);
  exit(1);
}

const u8 *choices;
size_t choices_left;

u32 random_below(u32 n) { // what the fuzzer wrote, or xorshift64*
  static u64 state;
  if (choices) {
    u32 value = 0, bytes = n <= 256 ? 1 : n <= 65536 ? 2 : 4;
    for (; bytes && choices_left; bytes--, choices_left--)
      value = value << 8 | *choices++;
    return value % n;
  }
  if (!state)
    state = seed * 0x9e3779b97f4a7c15ull + 1;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (u32)((state * 0x2545f4914f6cdd1dull >> 32) % n);
}

void machine_start(u32 pages, u32 cpus) {
  processors = cpus;
  check(sim_init(pages, 16, cpus));
  sim_set_time(0, 1.7e18);
  arch_first(0);
  given[HANDLE_BUDGET] = sim_give_budget(RIGHT_ALL);
  for (u32 i = HANDLE_FACTORY; i < FIRST_HANDLES; i++)
    given[i] = sim_give_privilege(KIND_PROCESS_FACTORY + i - 1, RIGHT_ALL);
  settle();
  check_equal(init->state, THREAD_RUNNING);
}

void settle(void) {
  for (;;) {
    sim_deadlines();
    for (u32 i = 0; i < processors; i++)
      sim_pick(i);
    if (!sim_reap())
      return;
  }
}

void advance(u64 ns) {
  test_now += ns;
  sim_set_time((double)test_now, 1.7e18);
  settle();
}

s64 call(struct thread *t, u64 number, ...) {
  u64 argument[6] = {0};
  va_list list;
  va_start(list, number);
  for (unsigned i = 0;; i++) {
    u64 value = va_arg(list, u64);
    if (value == END)
      break;
    check(i < 6);
    argument[i] = value;
  }
  va_end(list);
  check_equal(t->state, THREAD_RUNNING);
  sim_on_cpu(t->cpu);
  bool direct = number == SYS_SUBMIT_WAIT && direct_switch(t, argument);
  for (unsigned n = 1; !direct && syscall_run(t, number, argument) == RESTART; n++) {
    check(n < 1000000);
    if (n % 3 == 0)
      sim_reap();
  }
  s64 result = t->result;
  if (t->state != THREAD_RUNNING || t->process->state >= PROCESS_ENDING)
    sim_leave(t->cpu); // its block stays until the next reap slice
  return result;
}

u32 budget_of(u64 bytes) {
  s64 b = sys(init, SYS_BUDGET_CREATE, (u64)given[HANDLE_BUDGET], bytes);
  check(b > 0);
  return (u32)b;
}

struct thread *child(u32 budget, u32 *handle) {
  memcpy(init->buffer, "child", 5);
  s64 p = sys(init, SYS_PROCESS_CREATE, (u64)given[HANDLE_FACTORY], (u64)budget, 100ull, 5ull);
  check(p > 0);
  *handle = (u32)p;
  memset(init->buffer + LIMIT_SUBMIT_OFFSET, 0, sizeof(struct submission));
  *(u32 *)(init->buffer + LIMIT_SUBMIT_OFFSET) = sizeof(struct submission);
  check_equal(sys(init, SYS_PROCESS_START, (u64)p, 0x10000000ull, ADDRESS_STACK_TOP,
                  (u64)sizeof(struct submission)),
              0);
  struct process *made = checked(init, (u64)p, KIND_PROCESS, 0);
  struct thread *t = container_of(made->threads.next, struct thread, of_process);
  settle();
  check_equal(t->state, THREAD_RUNNING);
  return t;
}

u64 free_pages(void) {
  settle();
  check_equal(sys(init, SYS_SYSTEM_CONTROL, (u64)given[HANDLE_SYSTEM], (u64)CONTROL_RECLAIM), 0);
  return frames_free_count();
}

u32 entry_put(struct thread *t, u32 at, const struct entry *e) {
  u8 *to = t->buffer + LIMIT_SUBMIT_OFFSET + at;
  u32 length = e->text ? (u32)strlen(e->text) : 0, handles = e->handles;
  u32 size = (sizeof(struct submission) + handles * 8 + length + 7) & ~7u;
  u16 handles16 = (u16)handles;
  check(at + size <= LIMIT_SUBMIT_BYTES);
  memset(to, 0, size);
  memcpy(to + offsetof(struct submission, size), &size, 4);
  memcpy(to + offsetof(struct submission, operation), &e->operation, 2);
  memcpy(to + offsetof(struct submission, handles), &handles16, 2);
  memcpy(to + offsetof(struct submission, handle), &e->handle, 4);
  memcpy(to + offsetof(struct submission, cookie), &e->cookie, 8);
  memcpy(to + offsetof(struct submission, deadline), &e->deadline, 8);
  memcpy(to + offsetof(struct submission, length), &length, 4);
  memcpy(to + offsetof(struct submission, port), &e->port, 4);
  for (u32 i = 0; i < handles; i++) {
    memcpy(to + sizeof(struct submission) + 8 * i, &e->handle_number[i], 4);
    memcpy(to + sizeof(struct submission) + 8 * i + 4, &e->handle_rights[i], 4);
  }
  if (length)
    memcpy(to + sizeof(struct submission) + 8 * handles, e->text, length);
  return at + size;
}

s32 entry_status(struct thread *t, u32 at) {
  s32 status;
  memcpy(&status, t->buffer + LIMIT_SUBMIT_OFFSET + at + offsetof(struct submission, status), 4);
  return status;
}

s32 submit(struct thread *t, const struct entry *e) {
  u32 bytes = entry_put(t, 0, e);
  check_equal(sys(t, SYS_SUBMIT_WAIT, 0ull, (u64)bytes, 0ull), 0);
  s32 status = entry_status(t, 0);
  u32 failed;
  memcpy(&failed, t->buffer + LIMIT_EVENT_OFFSET + offsetof(struct wait, failed), 4);
  check_equal(failed, status < 0);
  settle();
  return status;
}

struct received event_of(struct thread *t, u32 port) {
  struct received e = {0};
  s64 bytes = sys(t, SYS_SUBMIT_WAIT, (u64)port, 0ull, 0ull);
  check(bytes >= 0);
  if (!bytes)
    return e;
  const u8 *at = t->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait);
  memcpy(&e, at, sizeof(struct event));
  check_equal(bytes, e.size);
  check(e.handles <= LIMIT_MESSAGE_HANDLES && e.length <= LIMIT_MESSAGE_BYTES);
  memcpy(e.handle, at + sizeof(struct event), 4u * e.handles);
  memcpy(e.text, at + sizeof(struct event) + ((4u * e.handles + 7) & ~7u), e.length);
  settle();
  return e;
}

bool no_event(struct thread *t, u32 port) { return !event_of(t, port).type; }

u32 port_of(struct thread *t) {
  s64 p = sys(t, SYS_PORT_CREATE);
  check(p > 0);
  return (u32)p;
}

struct channel channel_of(struct thread *t) {
  s64 a = sys(t, SYS_CHANNEL_CREATE);
  check(a > 0);
  return (struct channel){(u32)a, (u32)t->second};
}
