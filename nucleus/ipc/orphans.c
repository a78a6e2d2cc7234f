// Endpoints that only wait in each other's queues, where nobody can ever receive them, are found by
// counting: one in flight all of whose handles lie in queues of endpoints in flight is out of
// reach, unless one within reach carries it. It goes in slices; a change of what is in flight
// begins it anew, a few times. Invariant: the ring holds the endpoints in flight.
#include "../nucleus.h"

enum { TRIES = 16, LONGEST = 200 }; // a longer queue counts as within reach
enum { START, COUNT, SPREAD, DROP };
static struct list flying = {&flying, &flying}, *at;
static u32 version, seen, tries, phase;
static bool changed;

void endpoint_flies(struct object *o, bool begins) {
  struct endpoint *e = (struct endpoint *)o;
  if (o->kind != KIND_ENDPOINT)
    return;
  version++;
  if (begins && !e->in_flight++)
    list_append(&flying, &e->flying);
  else if (!begins && !--e->in_flight)
    list_remove(&e->flying);
}

void orphans_look(void) {
  tries = list_empty(&flying) ? 0 : TRIES;
  seen = version - 1;
}

bool orphans_pending(void) { return tries; }

/// What the queue of an endpoint holds is within reach (SPREAD), or one handle of it is accounted
/// for (COUNT).
static void visit_queue(struct endpoint *e) {
  for (struct list *l = e->queue.next; l != &e->queue; l = l->next) {
    struct message *m = container_of(l, struct message, link);
    for (unsigned i = 0; i < m->handles; i++) {
      struct endpoint *held = (struct endpoint *)m->handle[i].object;
      if (held->object.kind != KIND_ENDPOINT)
        continue;
      changed |= !held->outside;
      held->outside = phase == COUNT ? held->outside - 1 : held->outside ? held->outside : 1;
    }
  }
}

bool orphans_slice(void) {
  if (!tries)
    return false;
  if (seen != version) {
    seen = version;
    tries--;
    phase = START;
    at = flying.next;
  }
  if (at == &flying) { // the end of a pass; SPREAD goes on until nothing changes
    phase += phase != SPREAD || !changed;
    changed = false;
    at = flying.next;
    if (phase > DROP)
      tries = 0;
    return true;
  }
  struct endpoint *e = container_of(at, struct endpoint, flying);
  at = at->next;
  const struct port *p = e->source.port; // whoever waits there receives what the queue holds
  if (phase == START)
    e->outside = e->object.handles + (p && p->receiver && p->receiver->state < PROCESS_ENDED);
  else if (phase == DROP && !e->outside && !list_empty(&e->queue)) {
    message_drop(container_of(e->queue.next, struct message, link));
    at = &e->flying; // the rest of it; where that was what held it, all begins anew
    tries = TRIES;
  } else if (phase < DROP && (phase == SPREAD ? e->outside : e->queued <= LONGEST))
    visit_queue(e);
  return true;
}
