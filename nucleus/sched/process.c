// Processes: made, started, ended. The end only marks; reap.c takes them apart.
#include "../ipc/submission.h"
#include <string.h>

struct list all_processes = {&all_processes, &all_processes};
u32 process_count;
static u32 last_id;

struct process *process_create(struct budget *payer, struct budget *budget, u32 weight,
                               const char *name, int *error) {
  struct process *p = object_create(KIND_PROCESS, sizeof *p, payer, error);
  if (!p)
    return 0;
  list_init(&p->source.ready);
  list_init(&p->regions);
  list_init(&p->threads);
  list_init(&p->calls);
  list_init(&p->all);
  list_init(&p->reap);
  p->source.type = SOURCE_PROCESS;
  p->weight = weight;
  for (unsigned i = 0; i < LIMIT_NAME_BYTES - 1 && name[i]; i++)
    p->name[i] = name[i];
  p->budget = budget;
  p->vault = vault_create(budget, error);
  *error = p->vault ? ERROR_NO_MEMORY : *error;
  p->space = p->vault ? arch_space_create(p) : 0;
  if (!p->space) {
    if (p->vault) {
      if (budget_charge(budget, PAGE)) // what failed was the budget, not the machine
        *error = ERROR_BUDGET_EMPTY;
      else
        budget_refund(budget, PAGE);
      vault_free(p->vault);
    }
    p->budget = 0;
    object_release(&p->object);
    return 0;
  }
  object_hold(&budget->object);
  p->id = ++last_id;
  list_append(&all_processes, &p->all);
  process_count++;
  return p;
}

bool process_is_ending(const struct process *p) { return p->state >= PROCESS_ENDING; }

void process_end(struct process *p, u8 reason, s32 code) {
  u32 why = reason;
  if (p->state >= PROCESS_ENDING)
    return;
  p->state = PROCESS_ENDING;
  p->reason = reason;
  memcpy(p->report + AT_EXIT_REPORT_REASON, &why, 4);
  memcpy(p->report + AT_EXIT_REPORT_CODE, &code, 4);
  sched_kick_process(p);
  reap_process(p);
}

void thread_fault(struct thread *t, u32 vector, u32 error, u64 address, u64 instruction, u64 stack,
                  const u64 *frames, unsigned count) {
  struct process *p = t->process;
  if (p->state >= PROCESS_ENDING)
    return;
  memcpy(p->report + AT_EXIT_REPORT_VECTOR, &vector, 4);
  memcpy(p->report + AT_EXIT_REPORT_ERROR, &error, 4);
  memcpy(p->report + AT_EXIT_REPORT_ADDRESS, &address, 8);
  memcpy(p->report + AT_EXIT_REPORT_INSTRUCTION, &instruction, 8);
  memcpy(p->report + AT_EXIT_REPORT_STACK, &stack, 8);
  memcpy(p->report + AT_EXIT_REPORT_FRAMES, frames, 8 * (count < 8 ? count : 8));
  if (p->id == 1)
    log_line("%s: exception %u at %x, address %x", p->name, vector, instruction, address);
  process_end(p, ENDED_FAULT, 0);
}

s64 sys_process_create(struct thread *t, const u64 *a) {
  int error;
  char name[LIMIT_NAME_BYTES] = {0};
  if (!checked(t, a[0], KIND_PROCESS_FACTORY, RIGHT_USE, &error))
    return error;
  struct budget *budget = checked(t, a[1], KIND_BUDGET, RIGHT_USE, &error);
  if (!budget)
    return error;
  if (!a[2] || a[2] > 10000 || !a[3])
    return ERROR_BAD_ARGUMENT;
  if (a[3] > LIMIT_NAME_BYTES - 1)
    return ERROR_TOO_LARGE;
  memcpy(name, t->buffer + LIMIT_SCRATCH_OFFSET, a[3]);
  struct process *p = process_create(t->process->budget, budget, (u32)a[2], name, &error);
  if (!p)
    return error;
  object_hold(&p->object); // one for the nucleus, until it has ended
  return give_handle(t, &p->object,
                     RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_BIND | RIGHT_MANAGE | RIGHT_INFO);
}

s64 sys_process_start(struct thread *t, const u64 *a) {
  int error = 0;
  s32 status;
  struct submission s = {0};
  struct process *p = checked(t, a[0], KIND_PROCESS, RIGHT_MANAGE, &error);
  if (!p)
    return error;
  if (p->state != PROCESS_CREATED)
    return ERROR_BAD_STATE;
  const u8 *area = t->buffer + LIMIT_SUBMIT_OFFSET;
  memcpy(&s, area, sizeof s);
  if (a[3] < sizeof s || a[3] > LIMIT_SUBMIT_BYTES || s.size < sizeof s || s.size > a[3] ||
      a[1] >= ADDRESS_USER_END || a[2] >= ADDRESS_USER_END)
    return ERROR_BAD_ARGUMENT;
  struct thread *first = thread_create(p, &error);
  if (!first)
    return error;
  u32 handles = s.handles, number[LIMIT_MESSAGE_HANDLES], got = 0;
  struct message *m = message_build(t, &s, area + sizeof s, &p->object, &status);
  if (m) {
    for (; got < handles; got++) {
      struct slot *slot = &m->handle[got];
      object_hold_handle(slot->object);
      number[got] = vault_insert(p->vault, slot->object, slot->rights, slot->badge, &error);
      if (!number[got]) {
        object_release_handle(slot->object);
        status = error;
        break;
      }
    }
    if (got < handles)
      while (got--)
        object_release_handle(vault_remove(p->vault, number[got]).object);
  }
  if (status) {
    if (m)
      message_drop(m);
    first->process->thread_count++; // a process whose start fails may be started again
    thread_end(first);
    p->thread_count--;
    return status;
  }
  start_event(p, number, handles, m->payload, m->length);
  message_commit(t, m, handles); // the sender's handles go; p has its own
  message_drop(m);
  arch_thread_start(first, a[1], a[2], first->buffer_address, a[2]);
  thread_begin(first);
  return 0;
}

s64 sys_process_exit(struct thread *t, const u64 *a) {
  process_end(t->process, ENDED_EXITED, (s32)a[0]);
  return WAITING;
}

s64 sys_process_kill(struct thread *t, const u64 *a) {
  int error;
  struct process *p = checked(t, a[0], KIND_PROCESS, RIGHT_MANAGE, &error);
  if (!p)
    return error;
  if (p->state >= PROCESS_ENDING)
    return ERROR_BAD_STATE;
  process_end(p, ENDED_KILLED, (s32)a[1]);
  return 0;
}

s64 sys_process_info(struct thread *t, const u64 *a) {
  int error;
  struct process *p = a[0] ? checked(t, a[0], KIND_PROCESS, RIGHT_INFO, &error) : t->process;
  if (!p)
    return error;
  u32 handles = 0, index = (u32)t->progress, end = index + 512;
  if (p->vault) {
    for (; index < end && index < 1u << LIMIT_HANDLE_INDEX_BITS; index++) {
      struct slot *s = vault_at(p->vault, &index);
      if (s && s->object->kind == KIND_ENDPOINT)
        t->gathered += ((struct endpoint *)s->object)->queued;
    }
    t->progress = index;
    if (index < 1u << LIMIT_HANDLE_INDEX_BITS)
      return RESTART;
    handles = vault_count(p->vault);
  }
  u32 facts[] = {p->state, p->thread_count, handles, p->weight};
  u64 figures[] = {p->cpu_time, p->budget ? p->budget->used : 0, p->budget ? p->budget->limit : 0};
  u32 last[] = {p->id, (u32)t->gathered};
  u8 *out = t->buffer + LIMIT_SCRATCH_OFFSET;
  memcpy(out + AT_PROCESS_INFO_STATE, facts, sizeof facts);
  memcpy(out + AT_PROCESS_INFO_CPU_TIME, figures, sizeof figures);
  memcpy(out + AT_PROCESS_INFO_ID, last, sizeof last);
  memcpy(out + AT_PROCESS_INFO_NAME, p->name, LIMIT_NAME_BYTES);
  return 0;
}
