// Ports: the one thing a thread waits on. Whatever has events for a port embeds a source; a source
// stands in the port's line exactly while it may have something, and goes to the back after each
// event, so that none starves another. Events are written when the woken thread gets its processor.
#include "submission.h"
#include <string.h>

enum { MOST = 48 }; // events of one collection

static u32 message_bytes(const struct message *m) { return event_bytes(m->handles, m->length); }

/// Bytes of the source's next event; 0 when it has none.
static u32 next_bytes(const struct source *s) {
  switch (s->type) {
  case SOURCE_ENDPOINT: {
    const struct endpoint *e = container_of(s, struct endpoint, source);
    if (!list_empty(&e->queue))
      return message_bytes(container_of(e->queue.next, struct message, link));
    return e->peer ? 0 : sizeof(struct event);
  }
  case SOURCE_CALL: {
    const struct call *c = container_of(s, struct call, source);
    if (c->state != CALL_DONE)
      return 0;
    return c->reply ? message_bytes(c->reply) : sizeof(struct event);
  }
  case SOURCE_TIMER:
    return container_of(s, struct timer, source)->fired ? sizeof(struct event) : 0;
  case SOURCE_INTERRUPT:
    return container_of(s, struct interrupt, source)->pending ? sizeof(struct event) : 0;
  default: {
    const struct process *p = container_of(s, struct process, source);
    return p->state == PROCESS_ENDED ? event_bytes(0, sizeof p->report) : 0;
  }
  }
}

static void wake_waiter(struct port *p) {
  if (list_empty(&p->waiters))
    return;
  struct thread *t = container_of(p->waiters.next, struct thread, waiting);
  wait_leave(t);
  sched_ready(t);
}

void source_ready(struct source *s) {
  if (!s->port || !list_empty(&s->ready) || !next_bytes(s))
    return;
  list_append(&s->port->ready, &s->ready);
  wake_waiter(s->port);
}

void source_unbind(struct source *s) {
  list_remove(&s->ready);
  if (s->port)
    object_release(&s->port->object);
  s->port = 0;
  delegation_release(s->delegation);
  s->delegation = 0;
}

/// Puts a message's handles and payload behind an event's header, and the message away. A handle
/// that was revoked, or finds no room in the vault, arrives as 0.
static void deliver(struct event *e, struct message *m, struct vault *v) {
  u32 *number = (u32 *)(e + 1), handles = m->handles;
  m->handles = 0; // they go one by one
  for (unsigned i = 0; i < handles; i++) {
    struct slot *s = &m->handle[i];
    endpoint_flies(s->object, false);
    number[i] = delegation_revoked(s->delegation) ? 0 : vault_put(v, s);
    if (!number[i])
      slot_close(*s);
  }
  e->handles = (u16)handles;
  e->badge = m->badge;
  e->length = m->length;
  memcpy((u8 *)e + event_bytes(handles, 0), m->payload, m->length);
}

/// The first message of a queue, or the end of the channel.
static void write_received(struct event *e, struct endpoint *from, struct vault *v) {
  if (list_empty(&from->queue)) {
    e->type = EVENT_CLOSED;
    source_unbind(&from->source); // told once, and again to who binds it again
    return;
  }
  struct message *m = container_of(from->queue.next, struct message, link);
  struct call *c = m->call;
  list_remove(&m->link);
  from->queued--;
  from->sends -= !c;
  e->type = c ? EVENT_CALL : EVENT_MESSAGE;
  deliver(e, m, v);
  m->call = 0;
  message_drop(m);
  if (!c)
    return;
  c->state = CALL_TAKEN;
  c->endpoint = 0;
  c->queued = 0;
  e->reply = vault_insert(v, &c->object, kind_rights(KIND_REPLY), 0);
  if (!e->reply)
    object_release_handle(&c->object); // nobody can answer: the caller hears of it
}

/// User code may write here meanwhile: nothing is read back.
static void write_event(struct event *e, struct source *s, struct vault *v, u32 size) {
  *e = (struct event){.size = size, .key = s->key};
  switch (s->type) {
  case SOURCE_ENDPOINT:
    write_received(e, container_of(s, struct endpoint, source), v);
    return;
  case SOURCE_CALL: {
    struct call *c = container_of(s, struct call, source);
    e->type = EVENT_REPLY;
    e->status = c->status;
    if (c->reply)
      deliver(e, c->reply, v);
    call_abandon(c); // the last of it for the caller
    return;
  }
  case SOURCE_TIMER:
    e->type = EVENT_TIMER;
    container_of(s, struct timer, source)->fired = false;
    return;
  case SOURCE_INTERRUPT:
    e->type = EVENT_INTERRUPT;
    container_of(s, struct interrupt, source)->pending = false;
    return;
  default: {
    struct process *p = container_of(s, struct process, source);
    e->type = EVENT_EXIT;
    e->status = p->report.code;
    e->length = sizeof p->report;
    memcpy(e + 1, &p->report, sizeof p->report);
    source_unbind(s);
  }
  }
}

u32 port_collect(struct port *p, struct thread *t) {
  u8 *area = t->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait);
  u32 used = 0, most = LIMIT_EVENT_BYTES - sizeof(struct wait);
  for (unsigned i = 0; i < MOST && !list_empty(&p->ready); i++) {
    struct source *s = container_of(p->ready.next, struct source, ready);
    if (delegation_revoked(s->delegation)) {
      source_unbind(s);
      continue;
    }
    u32 bytes = next_bytes(s);
    if (bytes > most - used)
      break;
    list_remove(&s->ready);
    if (!bytes)
      continue;
    bool more = s->type == SOURCE_ENDPOINT; // all others have one; a call is gone after it
    write_event((struct event *)(area + used), s, t->process->vault, bytes);
    used += bytes;
    if (more && s->port && next_bytes(s))
      list_append(&p->ready, &s->ready);
  }
  if (!list_empty(&p->ready))
    wake_waiter(p);
  return used;
}

INLINED void wait_leave(struct thread *t) {
  list_remove(&t->waiting);
  deadline_set(&t->deadline, NEVER);
}

void wait_abort(struct thread *t) {
  struct port *p = t->port;
  wait_leave(t);
  t->port = 0;
  if (!p)
    return;
  if (!list_empty(&p->ready))
    wake_waiter(p); // it may have been woken for these
  object_release(&p->object);
}

INLINED void wait_end(struct thread *t, u32 bytes) {
  struct wait *header = (void *)(t->buffer + LIMIT_EVENT_OFFSET);
  t->result = bytes;
  t->second = arch_now();
  header->bytes = bytes;
  header->failed = (u32)t->gathered;
  header->now = t->second;
  header->clock = arch_clock(t->second);
  header->reserved = 0;
  t->gathered = 0;
}

void start_event(struct thread *first, struct message *m) {
  struct event *e = (struct event *)(first->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait));
  u32 size = message_bytes(m);
  require(size <= LIMIT_EVENT_BYTES - sizeof(struct wait));
  *e = (struct event){.size = size, .type = EVENT_START};
  deliver(e, m, first->process->vault);
  wait_end(first, size);
}

void wait_begin(struct thread *t, struct port *p, u64 until) {
  t->state = THREAD_WAITING;
  t->port = p;
  t->until = until;
  list_append(&p->waiters, &t->waiting);
  deadline_set(&t->deadline, until);
}

bool wait_resume(struct thread *t) {
  struct port *p = t->port;
  u32 bytes = port_collect(p, t);
  if (!bytes && arch_now() < t->until) {
    wait_begin(t, p, t->until);
    return false;
  }
  t->port = 0;
  object_release(&p->object);
  wait_end(t, bytes);
  return true;
}

SYSCALL(submit_wait) {
  struct port *p = 0;
  if (a[1] > LIMIT_SUBMIT_BYTES)
    return ERROR_BAD_ARGUMENT;
  if (a[0] && !(p = checked(t, a[0], KIND_PORT, RIGHT_RECEIVE)))
    return failure;
  if (p) {
    object_hold(&p->object); // the batch may move the last handle away
    process_name(&p->receiver, t->process);
  }
  s64 restart = submit_batch(t, (u32)a[1], p && a[2]);
  u32 bytes = p && restart != RESTART ? port_collect(p, t) : 0;
  if (p && restart != RESTART && !bytes && a[2] > arch_now()) {
    wait_begin(t, p, a[2]);
    return WAITING;
  }
  if (p)
    object_release(&p->object);
  if (restart == RESTART)
    return RESTART;
  sched_spread();
  wait_end(t, bytes);
  return t->result;
}

SYSCALL(port_create) {
  struct port *p = object_create(KIND_PORT, 0, t->process->budget);
  if (!p)
    return failure;
  list_init(&p->ready);
  list_init(&p->waiters);
  return give_handle(t, &p->object);
}

SYSCALL(bind) {
  struct port *p = 0;
  struct source *s = object_source(t->target);
  if (!s)
    return ERROR_WRONG_KIND;
  if (s->type == SOURCE_ENDPOINT && !checked(t, a[0], 0, RIGHT_RECEIVE))
    return failure;
  if (a[1] && !(p = checked(t, a[1], KIND_PORT, RIGHT_BIND)))
    return failure;
  if (p)
    object_hold(&p->object);
  source_unbind(s);
  s->delegation = p ? delegation_hold(t->named->delegation) : 0;
  s->port = p;
  s->key = a[2];
  source_ready(s);
  return 0;
}
