// Processes: made, started, ended. The end only marks; reap.c takes them apart.
#include "../ipc/submission.h"
#include <string.h>

struct list all_processes = {&all_processes, &all_processes};
u32 process_count;
static u32 last_id;

struct process *process_create(struct budget *payer, struct budget *budget, u32 weight,
                               const char *name) {
  struct process *p = object_create(KIND_PROCESS, 0, payer);
  if (!p)
    return 0;
  struct list *own[] = {&p->regions, &p->threads, &p->calls, &p->all, &p->reap};
  for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
    list_init(own[i]);
  p->weight = weight;
  for (unsigned i = 0; i < LIMIT_NAME_BYTES - 1 && name[i]; i++)
    p->name[i] = name[i];
  p->budget = budget;
  p->vault = vault_create(budget);
  p->space = p->vault ? arch_space_create(p) : 0;
  if (!p->space) {
    if (p->vault)
      vault_free(p->vault);
    object_release(&p->object);
    return 0;
  }
  object_hold(&budget->object);
  p->id = ++last_id;
  list_append(&all_processes, &p->all);
  process_count++;
  return p;
}

void process_name(struct process **at, struct process *p) {
  if (p)
    object_hold(&p->object);
  if (*at)
    object_release(&(*at)->object);
  *at = p;
}

bool process_unborn(const struct object *o) {
  return o->kind == KIND_PROCESS && ((const struct process *)o)->state == PROCESS_CREATED;
}

void process_end(struct process *p, u8 reason, s32 code) {
  if (p->state >= PROCESS_ENDING)
    return;
  p->state = PROCESS_ENDING;
  p->report.reason = reason;
  p->report.code = code;
  sched_kick_process(p);
  reap_process(p);
}

void thread_fault(struct thread *t, const struct exit_report *fault) {
  struct process *p = t->process;
  if (p->state >= PROCESS_ENDING)
    return;
  p->report = *fault;
  if (p == first_process)
    log_line("%s: exception %u at %x, address %x", p->name, fault->vector, fault->instruction,
             fault->address);
  process_end(p, ENDED_FAULT, 0);
}

SYSCALL(process_create) {
  char name[LIMIT_NAME_BYTES] = {0};
  struct budget *budget = checked(t, a[1], KIND_BUDGET, RIGHT_USE);
  if (!budget)
    return failure;
  u64 weight = a[2] & ~(u64)WEIGHT_BATCH;
  if (!weight || weight > 10000 || !a[3])
    return ERROR_BAD_ARGUMENT;
  if (a[3] > LIMIT_NAME_BYTES - 1)
    return ERROR_TOO_LARGE;
  memcpy(name, t->buffer + LIMIT_SCRATCH_OFFSET, a[3]);
  struct process *p = process_create(t->process->budget, budget, (u32)weight, name);
  if (!p)
    return failure;
  p->class = p->own_class = weight != a[2];
  object_hold(&p->object); // one for the nucleus, until it has ended
  return give_handle(t, &p->object);
}

SYSCALL(process_start) {
  struct submission s;
  struct process *p = t->target;
  if (p->state != PROCESS_CREATED)
    return ERROR_BAD_STATE;
  const u8 *area = t->buffer + LIMIT_SUBMIT_OFFSET;
  memcpy(&s, area, sizeof s);
  if (a[3] < sizeof s || a[3] > LIMIT_SUBMIT_BYTES || s.size < sizeof s || s.size > a[3] ||
      a[1] >= ADDRESS_USER_END || a[2] >= ADDRESS_USER_END)
    return ERROR_BAD_ARGUMENT;
  struct message *m = message_build(t, &s, area + sizeof s, &p->object);
  if (!m)
    return failure;
  struct thread *first = thread_create(p);
  s32 error = failure;
  if (first) {
    message_commit(t, m, s.handles);
    start_event(first, m);
    arch_thread_start(first, a[1], a[2], first->buffer_address, a[2]);
    thread_begin(first);
  }
  message_drop(m);
  return first ? 0 : error;
}

SYSCALL(process_exit) {
  process_end(t->process, ENDED_EXITED, (s32)a[0]);
  return WAITING;
}

SYSCALL(process_kill) {
  struct process *p = t->target;
  if (p->state >= PROCESS_ENDING)
    return ERROR_BAD_STATE;
  process_end(p, ENDED_KILLED, (s32)a[1]);
  return 0;
}

SYSCALL(process_info) {
  struct process *p = t->target;
  const u32 all = 1u << LIMIT_HANDLE_INDEX_BITS;
  u32 index = (u32)t->progress, end = index + 512;
  for (; p->vault && index < end && index < all; index++) {
    struct slot *s = vault_at(p->vault, &index);
    if (s && s->object->kind == KIND_ENDPOINT)
      t->gathered += ((struct endpoint *)s->object)->queued;
  }
  t->progress = index;
  if (p->vault && index < all)
    return RESTART;
  struct process_info *out = (void *)(t->buffer + LIMIT_SCRATCH_OFFSET);
  *out = (struct process_info){.state = p->state,
                               .threads = p->thread_count,
                               .handles = p->vault ? vault_count(p->vault) : 0,
                               .weight = p->weight | (p->own_class ? WEIGHT_BATCH : 0),
                               .cpu_time = p->cpu_time,
                               .budget_used = p->budget ? p->budget->used : 0,
                               .budget_limit = p->budget ? p->budget->limit : 0,
                               .id = p->id,
                               .queued = (u32)t->gathered};
  memcpy(out->name, p->name, LIMIT_NAME_BYTES);
  return 0;
}
