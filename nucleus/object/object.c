// Life and death of objects. A kind's close runs when the last handle goes (peers are told then);
// its block goes with the last reference. The dead wait in one line and are taken apart by
// object_reap_slice, so that endpoints inside messages inside endpoints never recurse.
#include "../nucleus.h"

static struct object *dead_first, **dead_last = &dead_first;

void *object_create(u32 kind, size_t bytes, struct budget *payer, int *error) {
  struct object *o = charged_allocate(payer, bytes, error);
  if (!o)
    return 0;
  o->kind = (u8)kind;
  o->block = (u16)bytes;
  o->references = 1;
  o->payer = payer;
  if (payer)
    object_hold(&payer->object);
  return o;
}

struct object *privilege_object(u32 kind) {
  int error;
  require(kind >= KIND_PROCESS_FACTORY && kind <= KIND_SYSTEM);
  return object_create(kind, sizeof(struct object), 0, &error);
}

void object_hold(struct object *o) {
  o->references++;
  require(o->references);
}

void object_release(struct object *o) {
  require(o->references);
  if (--o->references)
    return;
  o->next_dead = 0;
  *dead_last = o;
  dead_last = &o->next_dead;
}

void object_hold_handle(struct object *o) {
  object_hold(o);
  o->handles++;
}

static void endpoint_close(struct endpoint *e) {
  source_unbind(&e->source);
  if (e->peer) {
    e->peer->peer = 0;
    source_ready(&e->peer->source);
    e->peer = 0;
  }
}

static void reply_close(struct call *c) {
  if (c->state == CALL_QUEUED) {
    c->queued = 0; // its message is being dropped
    call_finish(c, ERROR_PEER_CLOSED);
  } else if (c->state == CALL_TAKEN) {
    call_finish(c, ERROR_MAYBE_EXECUTED);
  }
}

void object_release_handle(struct object *o) {
  require(o->handles);
  if (!--o->handles) {
    if (o->kind == KIND_ENDPOINT)
      endpoint_close((struct endpoint *)o);
    else if (o->kind == KIND_REPLY)
      reply_close((struct call *)o);
    else if (o->kind == KIND_INTERRUPT)
      interrupt_close((struct interrupt *)o);
    else if (o->kind == KIND_IO_PORTS)
      io_ports_close((struct io_ports *)o);
    else if (o->kind == KIND_TIMER) {
      deadline_set(&((struct timer *)o)->deadline, NEVER);
      source_unbind(&((struct timer *)o)->source);
    } else if (o->kind == KIND_PROCESS) {
      source_unbind(&((struct process *)o)->source);
      if (((struct process *)o)->state == PROCESS_CREATED) // nobody can start it any more
        process_end((struct process *)o, ENDED_KILLED, 0);
    }
  }
  object_release(o);
}

/// One step of taking an object apart: whether there is more, its block may go, or it lives on.
enum step { MORE, GONE, KEPT };
static enum step destroy_slice(struct object *o) {
  if (o->kind == KIND_ENDPOINT) {
    struct endpoint *e = (struct endpoint *)o;
    for (unsigned i = 0; i < 8 && !list_empty(&e->queue); i++)
      message_drop(container_of(e->queue.next, struct message, link));
    return list_empty(&e->queue) ? GONE : MORE;
  }
  if (o->kind == KIND_MEMORY)
    return memory_quarantine((struct memory *)o)      ? KEPT
           : memory_destroy_slice((struct memory *)o) ? GONE
                                                      : MORE;
  if (o->kind == KIND_BUDGET && ((struct budget *)o)->parent)
    object_release(&((struct budget *)o)->parent->object);
  if (o->kind == KIND_THREAD)
    object_release(&((struct thread *)o)->process->object);
  if (o->kind == KIND_PORT)
    require(list_empty(&((struct port *)o)->ready) && list_empty(&((struct port *)o)->waiters));
  return GONE;
}

bool object_reap_pending(void) { return dead_first; }

void object_reap_slice(void) {
  struct object *o = dead_first;
  if (!o)
    return;
  enum step step = destroy_slice(o);
  if (step == MORE)
    return;
  dead_first = o->next_dead;
  if (!dead_first)
    dead_last = &dead_first;
  if (step == GONE) {
    struct budget *payer = o->payer;
    charged_free(payer, o, o->block);
    if (payer)
      object_release(&payer->object);
  }
}
