// Taking ended processes apart, a bounded slice at a time: threads, interrupts, endpoints (peers
// are told), all other handles, calls, page tables, regions, vault, budget; then the EXIT event.
// Page tables go before what they map, so that no processor can reach a freed frame.
#include "../nucleus.h"
#include <string.h>

static struct list ending = {&ending, &ending};
struct process *first_process;
enum { THREADS, INTERRUPTS, CHANNELS, HANDLES, CALLS, TABLES, REGIONS, END };

void reap_process(struct process *p) { list_append(&ending, &p->reap); }

/// `init` begins anew on its vault, so that nobody else notices; not when it ends too often.
static void first_ended(struct process *p) {
  static u64 ends[2]; // the last ones, the older one first
  u64 now = arch_now();
  log_line("%s: ended (reason %u, code %u), begins anew on its vault", p->name, p->report.reason,
           (u32)p->report.code);
  if (ends[0] && now - ends[0] < 10000000000)
    panic("the first process ended three times in 10 s; the last lines of the log say why");
  ends[0] = ends[1];
  ends[1] = now;
  deadline_set(&first_watch, NEVER);
  arch_first(p);
}

/// One slice; false when nothing can be done before a processor has entered the nucleus.
static bool step(struct process *p) {
  const u32 channels = 1u << KIND_ENDPOINT | 1u << KIND_REPLY, all = ~0u;
  switch (p->reap_stage) {
  case THREADS:
    for (unsigned i = 0; i < 4 && p->thread_count; i++) {
      struct thread *t = container_of(p->threads.next, struct thread, of_process);
      if (p->running == p->thread_count)
        return false;
      if (sched_runs(t)) {
        list_remove(&t->of_process);
        list_append(&p->threads, &t->of_process);
      } else {
        thread_end(t);
      }
    }
    if (p->thread_count)
      return true;
    vault_return(p);
    p->reap_stage = p == first_process ? CALLS : INTERRUPTS; // the next one has it as it is
    return true;
  case INTERRUPTS:
    p->reap_stage += vault_clear(p->vault, 1u << KIND_INTERRUPT, &p->reap_at);
    return true;
  case CHANNELS:
    p->reap_stage += vault_clear(p->vault, channels, &p->reap_at);
    return true;
  case HANDLES:
    p->reap_stage += vault_clear(p->vault, all, &p->reap_at);
    return true;
  case CALLS:
    for (unsigned i = 0; i < 8 && !list_empty(&p->calls); i++)
      call_abandon(container_of(p->calls.next, struct call, of_process));
    p->reap_stage += list_empty(&p->calls);
    process_forget_spare(p);
    return true;
  case TABLES:
    p->reap_stage += arch_space_destroy(p);
    return true;
  case REGIONS:
    for (unsigned i = 0; i < 16 && !list_empty(&p->regions); i++)
      region_free(p, container_of(p->regions.next, struct region, link));
    p->reap_stage += list_empty(&p->regions);
    return true;
  default:
    list_remove(&p->reap);
    if (p == first_process)
      first_ended(p);
    vault_free(p->vault);
    p->vault = 0;
    object_release(&p->budget->object);
    p->budget = 0;
    p->report.cpu_time = p->cpu_time;
    p->state = PROCESS_ENDED;
    list_remove(&p->all);
    process_count--;
    source_ready(&p->source);
    orphans_look();
    object_release(&p->object); // the nucleus's own reference
    return true;
  }
}

bool reap_pending(void) {
  return object_reap_pending() || !list_empty(&ending) || orphans_pending();
}

/// Dead objects first: a process tells its end when its memory is free.
bool reap_slice(void) {
  if (object_reap_pending()) {
    object_reap_slice();
    return true;
  }
  for (struct list *l = ending.next; l != &ending; l = l->next)
    if (step(container_of(l, struct process, reap)))
      return true;
  return orphans_slice();
}
