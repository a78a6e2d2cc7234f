// Everything that happens by itself at a time: ends of waits, calls and timers, in one heap.
#include "../nucleus.h"

static struct heap deadlines;
struct deadline first_watch = {.type = DEADLINE_FIRST};
enum { LATE = 2000000000 }; // ns: no deadline of a machine that runs is seen so late

void deadline_set(struct deadline *d, u64 at) {
  if (heap_contains(&deadlines, &d->node))
    heap_remove(&deadlines, &d->node);
  if (at != NEVER)
    heap_insert(&deadlines, &d->node, at);
}

u64 deadlines_first(void) {
  struct heap_node *first = heap_first(&deadlines);
  return first ? first->key : NEVER;
}

void deadlines_run(u64 now) {
  for (unsigned i = 0; i < 8 && deadlines_first() <= now; i++) {
    struct deadline *d = container_of(heap_first(&deadlines), struct deadline, node);
    heap_remove(&deadlines, &d->node);
    if (d->type == DEADLINE_THREAD) {
      struct thread *t = container_of(d, struct thread, deadline);
      wait_leave(t);
      sched_ready(t);
    } else if (d->type == DEADLINE_CALL) {
      call_finish(container_of(d, struct call, deadline), ERROR_TIMED_OUT);
    } else if (d->type == DEADLINE_FIRST && now - d->node.key > LATE) {
      deadline_set(d, now + LATE); // the clock leapt: nobody could say anything meanwhile
    } else if (d->type == DEADLINE_FIRST) {
      process_end(first_process, ENDED_KILLED, ERROR_TIMED_OUT);
    } else {
      struct timer *timer = container_of(d, struct timer, deadline);
      timer->fired = true;
      source_ready(&timer->source);
    }
  }
}

SYSCALL(timer_create) {
  struct timer *timer = object_create(KIND_TIMER, 0, t->process->budget);
  if (!timer)
    return failure;
  timer->deadline.type = DEADLINE_TIMER;
  return give_handle(t, &timer->object);
}

SYSCALL(timer_set) {
  struct timer *timer = t->target;
  timer->fired = false; // an expiry that was not told yet is forgotten
  deadline_set(&timer->deadline, a[1]);
  return 0;
}
