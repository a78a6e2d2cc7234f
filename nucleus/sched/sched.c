// The scheduler: one global order by (class, virtual time of the process, virtual time of the
// thread), so that processes share the processors by weight and a process's threads share its part.
// A process on n processors stands in the order as if it had used n quanta more already.
// Invariant: a thread is in a queue exactly while it is READY and its process is not ending; only a
// processor's hint, which takes over what is left of the quantum there, is in none.
#include "../nucleus.h"

#define QUANTUM 5000000ull // ns
enum { CLASSES = 2, UNIT = 1000, TRIES = 16 };
enum { LEAP = QUANTUM * 10 }; // no thread runs so long at once: the clock leapt
enum { FLOOR = 10 };          // the batch class gets one part in so many, when it wants it

static struct processor {
  struct thread *current, *hint;
  struct heap pinned; // READY threads that may only run here
  u64 busy, quantum_end;
  bool kicked; // told to enter the nucleus, has not picked since
  bool repays; // what is owed, by this quantum
} processors[LIMIT_CPUS];
static struct heap runnable[CLASSES]; // processes with READY threads that are not pinned
static u64 floor_of[CLASSES];         // virtual time up to which the class has come
static u64 owed;                      // ns, to the batch class, which waited while others ran
static u64 armed = NEVER;             // the deadline that some processor's timer is set to
static unsigned armer;

static u64 weighed(const struct process *p, u64 ns) { return ns * UNIT / p->weight; }

static u64 key_of(const struct process *p) {
  return p->virtual_time + p->running * weighed(p, QUANTUM);
}

static void place_process(struct process *p) {
  if (heap_contains(&runnable[p->class], &p->runnable))
    heap_remove(&runnable[p->class], &p->runnable);
  if (heap_first(&p->threads_runnable) && p->state < PROCESS_ENDING)
    heap_insert(&runnable[p->class], &p->runnable, key_of(p));
}

static void enqueue(struct thread *t) {
  struct process *p = t->process;
  t->state = THREAD_READY;
  if (p->state >= PROCESS_ENDING)
    return;
  p->queued++;
  if (t->pinned >= 0) {
    heap_insert(&processors[t->pinned].pinned, &t->runnable, key_of(p) + 1);
  } else {
    heap_insert(&p->threads_runnable, &t->runnable, t->virtual_time);
    place_process(p);
  }
}

static void dequeue(struct thread *t) {
  struct process *p = t->process;
  struct heap *h = t->pinned >= 0 ? &processors[t->pinned].pinned : &p->threads_runnable;
  if (!heap_contains(h, &t->runnable))
    return;
  heap_remove(h, &t->runnable);
  p->queued--;
  place_process(p);
}

/// Asks the processor to enter: where it idles or runs what stands latest in the order, or else a
/// thread of the same process that stands behind this one.
static void spread(const struct thread *t) {
  unsigned count = arch_cpus(), self = arch_cpu(), found = count;
  u64 now = arch_now(), latest = key_of(t->process);
  u8 class = t->process->class;
  for (unsigned i = 0; i < count; i++) {
    struct processor *c = &processors[i];
    if (c->current || c->kicked || (t->pinned >= 0 && (unsigned)t->pinned != i))
      continue;
    if (found == count || i == t->cpu || (i == self && found != t->cpu))
      found = i;
  }
  bool idle = found != count;
  for (unsigned i = 0; !idle && i < count; i++) {
    const struct thread *r = processors[i].current;
    if (!r || processors[i].kicked || (t->pinned >= 0 && (unsigned)t->pinned != i))
      continue;
    u64 ran = now - r->since, at = r->process->virtual_time + weighed(r->process, ran);
    if (r->process->class > class || (r->process->class == class && at > latest)) {
      latest = at;
      class = r->process->class;
      found = i;
    } else if (found == count && r->process == t->process &&
               r->virtual_time + ran > t->virtual_time)
      found = i;
  }
  if (found == count)
    return;
  processors[found].kicked = true;
  if (processors[found].current)
    processors[found].current->kicked = true;
  if (found != self)
    arch_kick(found);
}

/// A thread that has waited comes no further forward than the others of its class and process.
static void catch_up(struct thread *t) {
  const u64 most = QUANTUM * UNIT / 100; // a process of weight 100 in a quantum
  struct process *p = t->process;
  if (p->virtual_time + most < floor_of[p->class] && !p->running && !p->queued)
    p->virtual_time = floor_of[p->class] - most;
  if (t->virtual_time + QUANTUM < p->thread_floor)
    t->virtual_time = p->thread_floor - QUANTUM;
}

void sched_ready(struct thread *t) {
  struct process *p = t->process;
  catch_up(t);
  struct processor *self = &processors[arch_cpu()];
  t->state = THREAD_READY;
  if (self->current && self->current->leaves && !self->hint &&
      (t->pinned < 0 || (unsigned)t->pinned == arch_cpu())) {
    self->hint = t;
    return;
  }
  enqueue(t);
  if (p->state < PROCESS_ENDING)
    spread(t);
}

INLINED bool sched_can_follow(const struct thread *current, const struct thread *t, u64 until) {
  const struct processor *c = &processors[arch_cpu()];
  const struct process *p = t->process;
  return c->current == current && !c->hint && !c->kicked && until > c->quantum_end &&
         (t->pinned < 0 || (unsigned)t->pinned == arch_cpu()) && p->state < PROCESS_ENDING &&
         p->class == current->process->class && !p->raises;
}

INLINED void sched_follow(struct thread *t) {
  catch_up(t);
  t->state = THREAD_READY;
  processors[arch_cpu()].hint = t;
}

/// In the order of the other class it goes on from where it stood in that of this one.
void sched_class(struct process *p) {
  u8 class = p->raises ? 0 : p->own_class;
  if (class == p->class)
    return;
  heap_remove(&runnable[p->class], &p->runnable);
  u64 from = floor_of[p->class], ahead = p->virtual_time > from ? p->virtual_time - from : 0;
  p->virtual_time = floor_of[class] + ahead;
  p->class = class;
  place_process(p);
  struct heap_node *first = heap_first(&p->threads_runnable);
  if (first && !class)
    spread(container_of(first, struct thread, runnable));
}

void sched_spread(void) {
  struct thread *t = processors[arch_cpu()].hint;
  processors[arch_cpu()].hint = 0;
  if (!t)
    return;
  enqueue(t);
  spread(t);
}

void sched_remove(struct thread *t) {
  dequeue(t);
  for (unsigned i = 0; i < LIMIT_CPUS; i++)
    if (processors[i].hint == t)
      processors[i].hint = 0;
}

bool sched_runs(const struct thread *t) { return processors[t->cpu].current == t; }

void sched_kick_process(struct process *p) {
  heap_remove(&runnable[p->class], &p->runnable);
  for (unsigned i = 0; i < arch_cpus(); i++) {
    struct thread *r = processors[i].current;
    if (!r || r->process != p)
      continue;
    r->kicked = true;
    processors[i].kicked = true;
    if (i != arch_cpu())
      arch_kick(i);
  }
}

/// While the batch class waits, it is owed a part of what others use.
static __attribute__((noinline)) void owe(const struct process *p, u64 spent) {
  owed += !p->class && owed < QUANTUM ? spent / (FLOOR - 1) : 0;
}

static void sched_account(struct thread *t, u64 now) {
  u64 spent = now - t->since;
  t->since = now;
  t->virtual_time += spent;
  t->process->cpu_time += spent;
  t->process->virtual_time += weighed(t->process, spent);
  if (heap_first(&runnable[1]))
    owe(t->process, spent);
  processors[t->cpu].busy += spent;
}

u64 sched_busy(unsigned cpu) {
  const struct thread *r = processors[cpu].current;
  return processors[cpu].busy + (r ? arch_now() - r->since : 0);
}

/// The pinned thread that stands first here. Keys were taken when the threads came; where the
/// process has run since, the thread goes back to its true place: before one of the same process
/// that comes now, whose key is greater by one, else that one would go first for ever.
static struct thread *first_pinned(struct processor *c) {
  for (unsigned i = 0;; i++) {
    struct heap_node *n = heap_first(&c->pinned);
    if (!n)
      return 0;
    struct thread *t = container_of(n, struct thread, runnable);
    if (n->key >= key_of(t->process) || i == TRIES)
      return t;
    heap_remove(&c->pinned, n);
    heap_insert(&c->pinned, n, key_of(t->process));
  }
}

/// Pinned threads stand beside the others of their process by their own virtual time. The batch
/// class comes first when a whole quantum is owed to it.
static struct thread *choose(struct processor *c) {
  struct thread *pinned = first_pinned(c);
  bool repays = owed >= QUANTUM;
  for (unsigned i = 0; i < CLASSES; i++) {
    unsigned k = repays ? CLASSES - 1 - i : i;
    struct heap_node *n = heap_first(&runnable[k]);
    struct process *p = n ? container_of(n, struct process, runnable) : 0;
    struct thread *t =
        p ? container_of(heap_first(&p->threads_runnable), struct thread, runnable) : 0;
    if (pinned && pinned->process->class == k &&
        (!t || (pinned->process == p ? pinned->virtual_time < t->virtual_time
                                     : pinned->runnable.key < n->key)))
      t = pinned;
    if (t) {
      c->repays = repays;
      owed -= repays ? QUANTUM : 0;
      return t;
    }
  }
  return 0;
}

static void run(struct processor *c, unsigned cpu, struct thread *t, u64 now) {
  struct process *p = t->process;
  c->current = t;
  t->state = THREAD_RUNNING;
  t->kicked = false;
  t->cpu = cpu;
  t->since = now;
  if (p->virtual_time > floor_of[p->class])
    floor_of[p->class] = p->virtual_time;
  if (t->virtual_time > p->thread_floor)
    p->thread_floor = t->virtual_time;
  p->running++;
  if (p->queued)
    place_process(p);
}

static void leave_at(struct processor *c, u64 now) {
  struct thread *t = c->current;
  if (!t)
    return;
  sched_account(t, now);
  if (c->repays && now < c->quantum_end)
    owed += c->quantum_end - now; // it was cut short
  c->repays = false;
  c->current = 0;
  t->process->running--;
  if (t->state == THREAD_ENDED || t->process->state >= PROCESS_ENDING)
    thread_end(t);
  else if (t->state == THREAD_RUNNING)
    enqueue(t);
  else if (t->process->queued)
    place_process(t->process);
}

void sched_leave(unsigned cpu) { leave_at(&processors[cpu], arch_now()); }

struct thread *sched_pick(unsigned cpu, struct thread *current) {
  struct processor *c = &processors[cpu];
  u64 now = arch_now();
  require(current == c->current);
  if (c->hint && (c->kicked || now >= c->quantum_end || c->hint->process->state >= PROCESS_ENDING))
    sched_spread();
  struct thread *t = c->hint;
  c->hint = 0;
  c->kicked = false;
  // neither over nor, by a clock that went back, before it began
  if (current && current->state == THREAD_RUNNING && !current->kicked && now < c->quantum_end &&
      (s64)(now - current->since) >= 0 && current->process->state < PROCESS_ENDING) {
    sched_account(current, now);
    return current;
  }
  if (current && now - current->since > LEAP)
    current->since = now - QUANTUM;
  leave_at(c, now);
  for (;; t = 0) {
    if (!t) {
      if (!(t = choose(c)))
        return 0;
      dequeue(t);
      c->quantum_end = now + QUANTUM;
    }
    if (t->process->state >= PROCESS_ENDING)
      continue;          // it was pinned
    run(c, cpu, t, now); // whoever its events wake sees that it runs here
    if (!t->port || wait_resume(t))
      return t;
    leave_at(c, now); // another thread had the events
  }
}

INLINED struct thread *sched_take_over(unsigned cpu) {
  struct processor *c = &processors[cpu];
  struct thread *t = c->hint;
  u64 now = t->second; // when its wait ended
  if (now >= c->quantum_end)
    return 0;
  struct thread *before = c->current; // it waits now
  c->hint = 0;
  sched_account(before, now);
  before->process->running--;
  if (before->process->queued)
    place_process(before->process);
  run(c, cpu, t, now);
  return t;
}

/// One processor's timer serves the deadlines: that of whoever saw the first one come. It looks
/// again each time its own timer is set.
u64 sched_quantum_end(unsigned cpu) {
  struct thread *r = processors[cpu].current;
  u64 first = deadlines_first(), end = r ? r->kicked ? 0 : processors[cpu].quantum_end : NEVER;
  if (first >= armed && armer != cpu && armed > arch_now())
    return end;
  armed = first;
  armer = cpu;
  return first < end ? first : end;
}
