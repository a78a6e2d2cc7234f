// Threads: their message buffers, their start and their end.
#include "../nucleus.h"
#include <string.h>

enum { BUFFER_ORDER = 4, BUFFER_PAGES = 16 };
_Static_assert(PAGE << BUFFER_ORDER == LIMIT_BUFFER_BYTES, "a message buffer is one block");

static void buffer_unmap(struct thread *t, unsigned pages) {
  while (pages--)
    arch_unmap(t->process, t->buffer_address + pages * PAGE);
  arch_flush(t->process);
}

/// 0, or why there is none.
static s32 buffer_make(struct process *p, struct thread *t) {
  unsigned n = 0;
  while (n < LIMIT_THREADS && p->buffers[n / 64] >> n % 64 & 1)
    n++;
  if (n == LIMIT_THREADS)
    return ERROR_NO_ADDRESS_SPACE;
  t->buffer_address = ADDRESS_BUFFERS + 2ull * LIMIT_BUFFER_BYTES * n;
  t->buffer_frame = charged_frame(p->budget, BUFFER_ORDER);
  if (!t->buffer_frame)
    return failure;
  t->buffer = memset(arch_frame_address(t->buffer_frame), 0, LIMIT_BUFFER_BYTES);
  for (unsigned i = 0; i < BUFFER_PAGES; i++) {
    s32 error = arch_map(p, t->buffer_address + i * PAGE, t->buffer_frame + i,
                         PROTECT_READ | PROTECT_WRITE, 0);
    if (error) {
      buffer_unmap(t, i);
      charged_frame_free(p->budget, t->buffer_frame, BUFFER_ORDER);
      return error;
    }
  }
  p->buffers[n / 64] |= 1ull << n % 64;
  return 0;
}

struct thread *thread_create(struct process *p) {
  struct thread *t = object_create(KIND_THREAD, 64 + arch_thread_bytes(), p->budget);
  if (!t)
    return 0;
  t->process = p;
  object_hold(&p->object);
  list_init(&t->of_process);
  list_init(&t->waiting);
  t->deadline.type = DEADLINE_THREAD;
  t->pinned = -1;
  t->state = THREAD_WAITING;
  t->registers = (u8 *)t + sizeof *t + (-((size_t)t + sizeof *t) & 63);
  s32 error = buffer_make(p, t);
  if (error) {
    object_release(&t->object);
    failure = error;
    return 0;
  }
  list_append(&p->threads, &t->of_process);
  p->thread_count++;
  return t;
}

void thread_begin(struct thread *t) {
  if (t->process->state == PROCESS_CREATED)
    t->process->state = PROCESS_RUNNING;
  sched_ready(t);
}

void thread_forget(struct thread *t) {
  if (t->partial)
    object_release(t->partial);
  t->partial = 0;
  t->progress = 0;
}

void thread_end(struct thread *t) {
  struct process *p = t->process;
  u64 n = (t->buffer_address - ADDRESS_BUFFERS) / (2 * LIMIT_BUFFER_BYTES);
  sched_remove(t);
  wait_abort(t);
  t->state = THREAD_ENDED;
  thread_forget(t);
  buffer_unmap(t, BUFFER_PAGES);
  charged_frame_free(p->budget, t->buffer_frame, BUFFER_ORDER);
  t->buffer = 0;
  p->buffers[n / 64] &= ~(1ull << n % 64);
  list_remove(&t->of_process);
  arch_thread_ended(t);
  if (!--p->thread_count)
    process_end(p, ENDED_EXITED, 0);
  object_release(&t->object); // its block goes with the next reap slice
}

SYSCALL(thread_create) {
  if (a[3] > arch_cpus() || a[0] >= ADDRESS_USER_END || a[1] >= ADDRESS_USER_END)
    return ERROR_BAD_ARGUMENT;
  struct thread *new = thread_create(t->process);
  if (!new)
    return failure;
  new->pinned = (s32)a[3] - 1;
  arch_thread_start(new, a[0], a[1], new->buffer_address, a[2]);
  thread_begin(new);
  return 0;
}

SYSCALL(thread_exit) {
  t->state = THREAD_ENDED; // sched_pick finishes it
  return WAITING;
}
