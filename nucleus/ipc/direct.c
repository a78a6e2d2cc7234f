// The direct switch: a thread that waits after a batch of one short call, reply or message without
// handles, to a thread that waits for it, gives its processor straight to that thread. Nothing is
// queued, and no message is made. Invariant: all is checked before anything changes; what does not
// fit goes the long way.
#include "submission.h"
#include <string.h>

enum { SHORT = 1024 }; // bytes of an entry

/// The thread that waits for the source and may go on here at once, since nothing that is asked for
/// ends before the quantum: the timer is set for that already.
static INLINED inline struct thread *receiver(const struct thread *t, const struct source *s,
                                              u64 first_end) {
  const struct port *p = s->port;
  if (!p || s->delegation || list_empty(&p->waiters) || !list_empty(&p->ready))
    return 0;
  struct thread *r = container_of(p->waiters.next, struct thread, waiting);
  return sched_can_follow(t, r, first_end) ? r : 0;
}

/// The reply object, taken by `r` already: its handle there; 0 when there can be none.
static u32 call_taken(struct thread *t, struct thread *r, struct port *port, u64 cookie,
                      u64 deadline) {
  struct call *c = call_create(t, port, cookie);
  if (!c)
    return 0;
  c->state = CALL_TAKEN;
  u32 handle = vault_insert(r->process->vault, &c->object, kind_rights(KIND_REPLY), 0);
  if (handle && deadline)
    deadline_set(&c->deadline, deadline);
  if (handle)
    return handle;
  call_abandon(c);
  object_release_handle(&c->object);
  return 0;
}

/// A taken call whose one handle is gone by now ends; the object is its caller's next one.
static void call_answered(struct call *c) {
  struct process *p = c->caller;
  if (p->spare || c->object.references != 2) {
    call_abandon(c);
    object_release_handle(&c->object);
    return;
  }
  list_remove(&c->of_process);
  deadline_set(&c->deadline, NEVER);
  p->call_count--;
  object_release(&c->source.port->object);
  c->source.port = 0;
  c->object.references = 1;
  c->object.handles = 0;
  p->spare = c;
}

bool direct_switch(struct thread *t, const u64 *a) {
  u8 *entry = t->buffer + LIMIT_SUBMIT_OFFSET;
  const volatile struct submission *s = (void *)entry; // each field is read once
  u32 size = s->size, length = s->length;
  u16 operation = s->operation;
  if (a[1] != size || size - (u32)sizeof *s > SHORT || size % 8 || s->handles ||
      length > size - sizeof *s || a[0] > 0xffffffff || t->progress || t->drains || reap_pending())
    return false;
  struct vault *v = t->process->vault;
  struct slot *own = vault_find(v, (u32)a[0], KIND_PORT, RIGHT_RECEIVE);
  struct port *port = own ? (struct port *)own->object : 0;
  u32 handle = s->handle, reply = 0;
  struct slot *slot =
      vault_find(v, handle, operation == OP_REPLY ? KIND_REPLY : KIND_ENDPOINT, RIGHT_SEND);
  if (!port || !list_empty(&port->ready) || !slot)
    return false;
  struct thread *r;
  struct event *to;
  u64 badge = slot->badge;
  if (operation == OP_REPLY) {
    struct call *c = (struct call *)slot->object;
    if (c->state != CALL_TAKEN || !(r = receiver(t, &c->source, a[2])))
      return false;
    to = (struct event *)(r->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait));
    to->type = EVENT_REPLY;
    to->key = c->source.key;
    vault_remove(v, handle);
    call_answered(c);
  } else {
    struct endpoint *e = ((struct endpoint *)slot->object)->peer;
    u64 deadline = operation == OP_CALL ? s->deadline : 0;
    if (!e || !list_empty(&e->queue) ||
        !(r = receiver(t, &e->source, deadline && deadline < a[2] ? deadline : a[2])))
      return false;
    if (operation == OP_CALL) {
      if (s->port != a[0] || !(own->rights & RIGHT_BIND) ||
          t->process->call_count >= CALLS_IN_FLIGHT ||
          !(reply = call_taken(t, r, port, s->cookie, deadline)))
        return false;
    } else if (operation != OP_SEND) {
      return false;
    }
    to = (struct event *)(r->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait));
    to->type = operation == OP_CALL ? EVENT_CALL : EVENT_MESSAGE;
    to->key = e->source.key;
  }
  u32 bytes = event_bytes(0, length);
  to->size = bytes;
  to->handles = 0;
  to->status = 0;
  to->reply = reply;
  to->badge = badge;
  to->length = length;
  to->reserved = 0;
  if (length)
    memcpy(to + 1, entry + sizeof *s, length);
  *(s32 *)(entry + offsetof(struct submission, status)) = 0;
  wait_leave(r);
  object_release(&r->port->object);
  r->port = 0;
  wait_end(r, bytes);
  object_hold(&port->object);
  t->state = THREAD_WAITING; // wait_begin
  t->port = port;
  t->until = a[2];
  list_append(&port->waiters, &t->waiting);
  if (a[2] != NEVER)
    deadline_set(&t->deadline, a[2]);
  sched_follow(r);
  return true;
}
