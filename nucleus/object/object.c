// Life and death of objects. A kind's close runs when the last handle goes (peers are told then);
// its block goes with the last reference. The dead wait in one line and are taken apart by
// object_reap_slice, so that endpoints inside messages inside endpoints never recurse.
#include "../nucleus.h"

s32 failure;
static struct object *dead_first, **dead_last = &dead_first;
static u64 died, gone; // how many ever

enum { MOVE = RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_INFO, BIND = MOVE | RIGHT_BIND };
#define WITH_SOURCE(type) sizeof(struct type), offsetof(struct type, source)
/// Of each kind: its structure, where its source lies and what type it is, the rights of its maker.
static const struct {
  u16 bytes, source;
  u8 type;
  u16 rights;
} kinds[] = {
    [KIND_PROCESS] = {WITH_SOURCE(process), SOURCE_PROCESS, BIND | RIGHT_MANAGE},
    [KIND_THREAD] = {sizeof(struct thread), 0, 0, 0},
    [KIND_ENDPOINT] = {WITH_SOURCE(endpoint), SOURCE_ENDPOINT, BIND | RIGHT_SEND | RIGHT_RECEIVE},
    [KIND_REPLY] = {WITH_SOURCE(call), SOURCE_CALL, RIGHT_TRANSFER | RIGHT_SEND},
    [KIND_PORT] = {sizeof(struct port), 0, 0, BIND | RIGHT_RECEIVE},
    [KIND_MEMORY] = {sizeof(struct memory), 0, 0, MOVE | RIGHT_READ | RIGHT_WRITE | RIGHT_MAP},
    [KIND_TIMER] = {WITH_SOURCE(timer), SOURCE_TIMER, BIND | RIGHT_WRITE},
    [KIND_BUDGET] = {sizeof(struct budget), 0, 0, MOVE | RIGHT_USE},
    [KIND_INTERRUPT] = {WITH_SOURCE(interrupt), SOURCE_INTERRUPT, BIND | RIGHT_MANAGE},
    [KIND_IO_PORTS] = {sizeof(struct io_ports), 0, 0, MOVE | RIGHT_READ | RIGHT_WRITE},
    [KIND_DELEGATION] = {sizeof(struct delegation), 0, 0, RIGHT_TRANSFER | RIGHT_INFO},
};

u16 kind_rights(u32 kind) { return kinds[kind].rights; }

struct source *object_source(struct object *o) {
  u16 at = kinds[o->kind].source;
  return at ? (struct source *)((u8 *)o + at) : 0;
}

void *object_create(u32 kind, size_t more, struct budget *payer) {
  size_t bytes = more + (kinds[kind].bytes ? kinds[kind].bytes : sizeof(struct object));
  struct object *o = charged_allocate(payer, bytes);
  if (!o)
    return 0;
  o->kind = (u8)kind;
  o->block = (u16)bytes;
  o->references = 1;
  o->payer = payer;
  if (payer)
    object_hold(&payer->object);
  struct source *s = object_source(o);
  if (s) {
    s->type = kinds[kind].type;
    list_init(&s->ready);
  }
  return o;
}

void object_hold(struct object *o) {
  require(o->references); // what is dead stays dead
  o->references++;
}

static __attribute__((noinline)) void die(struct object *o) {
  o->next_dead = 0;
  *dead_last = o;
  dead_last = &o->next_dead;
  died++;
}

void delegation_revoke(struct delegation *d) {
  if (d->revoked)
    return;
  d->revoked = true;
  d->object.references++; // while it stands in the line of the dead
  die(&d->object);
}

void object_release(struct object *o) {
  require(o->references);
  if (!--o->references)
    die(o);
}

void object_hold_handle(struct object *o) {
  object_hold(o);
  o->handles++;
}

/// What happens when nobody can name the object any more.
static void close(struct object *o) {
  if (object_source(o) && o->kind != KIND_REPLY)
    source_unbind(object_source(o));
  switch (o->kind) {
  case KIND_ENDPOINT: {
    struct endpoint *peer = ((struct endpoint *)o)->peer;
    if (!peer)
      return;
    ((struct endpoint *)o)->peer = peer->peer = 0;
    source_ready(&peer->source);
    return;
  }
  case KIND_REPLY: {
    struct call *c = (struct call *)o;
    if (c->state == CALL_QUEUED)
      c->queued = 0; // its message is being dropped
    call_finish(c, c->state == CALL_QUEUED ? ERROR_PEER_CLOSED : ERROR_MAYBE_EXECUTED);
    return;
  }
  case KIND_TIMER:
    deadline_set(&((struct timer *)o)->deadline, NEVER);
    return;
  case KIND_INTERRUPT:
    interrupt_close((struct interrupt *)o);
    return;
  case KIND_IO_PORTS:
    io_ports_close((struct io_ports *)o);
    return;
  case KIND_PROCESS:
    if (((struct process *)o)->state == PROCESS_CREATED) // nobody can start it any more
      process_end((struct process *)o, ENDED_KILLED, 0);
    return;
  case KIND_DELEGATION:
    delegation_revoke((struct delegation *)o);
  }
}

void object_release_handle(struct object *o) {
  require(o->handles);
  if (!--o->handles)
    close(o);
  object_release(o);
}

/// One step of taking an object apart: whether there is more, its block may go, it lives on, or it
/// was in line for its revocation alone.
enum step { MORE, GONE, KEPT, ENDED };
static enum step destroy_slice(struct object *o) {
  struct list *queue = &((struct endpoint *)o)->queue;
  switch (o->kind) {
  case KIND_ENDPOINT:
    for (unsigned i = 0; i < 8 && !list_empty(queue); i++)
      message_drop(container_of(queue->next, struct message, link));
    return list_empty(queue) ? GONE : MORE;
  case KIND_MEMORY:
    if (memory_quarantine((struct memory *)o))
      return KEPT;
    return memory_destroy_slice((struct memory *)o) ? GONE : MORE;
  case KIND_PORT:
    process_name(&((struct port *)o)->receiver, 0);
    return GONE;
  case KIND_BUDGET:
    if (((struct budget *)o)->parent)
      object_release(&((struct budget *)o)->parent->object);
    return GONE;
  case KIND_THREAD:
    object_release(&((struct thread *)o)->process->object);
    return GONE;
  case KIND_DELEGATION:
    if (!((struct delegation *)o)->ended)
      return delegation_end_slice((struct delegation *)o) ? ENDED : MORE;
    delegation_free((struct delegation *)o);
  }
  return GONE;
}

bool object_reap_pending(void) { return dead_first; }

bool object_drain(struct thread *t) {
  enum { ROUNDS = 3 }; // what dies of the dead is waited for, too; others may die for ever
  if (!dead_first || t->drains == ROUNDS)
    return false;
  t->drains++;
  t->drained_at = died;
  return true;
}

bool object_drained(const struct thread *t) { return gone >= t->drained_at; }

void object_reap_slice(void) {
  struct object *o = dead_first;
  enum step step = o ? destroy_slice(o) : MORE;
  if (step == MORE)
    return;
  gone++;
  dead_first = o->next_dead;
  if (!dead_first)
    dead_last = &dead_first;
  if (step == ENDED)
    object_release(o);
  if (step != GONE)
    return;
  struct budget *payer = o->payer;
  charged_free(payer, o, o->block);
  if (payer)
    object_release(&payer->object);
}
