// Ports: the one thing a thread waits on. Whatever has events for a port embeds a source; a source
// stands in the port's line exactly while it may have something, and goes to the back after each
// event, so that none starves another. Events are written when the woken thread gets its processor.
#include "../nucleus.h"
#include <string.h>

enum { MOST = 48 }; // events of one collection

/// layouts.event, at its offsets.
struct event {
  u32 size;
  u16 type, handles;
  s32 status;
  u32 reply;
  u64 key, badge;
  u32 length, reserved;
};
_Static_assert(sizeof(struct event) == AT_EVENT_HEADER &&
                   offsetof(struct event, key) == AT_EVENT_KEY &&
                   offsetof(struct event, length) == AT_EVENT_LENGTH,
               "layouts.event");

static u32 event_bytes(u32 handles, u32 length) {
  return AT_EVENT_HEADER + (((handles * 4 + 7) & ~7u) + ((length + 7) & ~7u));
}

static u32 message_bytes(const struct message *m) { return event_bytes(m->handles, m->length); }

/// Bytes of the source's next event; 0 when it has none.
static u32 next_bytes(const struct source *s) {
  switch (s->type) {
  case SOURCE_ENDPOINT: {
    const struct endpoint *e = container_of(s, struct endpoint, source);
    if (!list_empty(&e->queue))
      return message_bytes(container_of(e->queue.next, struct message, link));
    return !e->peer && !e->closed_told ? AT_EVENT_HEADER : 0;
  }
  case SOURCE_CALL: {
    const struct call *c = container_of(s, struct call, source);
    if (c->state != CALL_DONE)
      return 0;
    return c->reply ? message_bytes(c->reply) : AT_EVENT_HEADER;
  }
  case SOURCE_TIMER:
    return container_of(s, struct timer, source)->fired ? AT_EVENT_HEADER : 0;
  case SOURCE_INTERRUPT:
    return container_of(s, struct interrupt, source)->pending ? AT_EVENT_HEADER : 0;
  default: {
    const struct process *p = container_of(s, struct process, source);
    return p->state == PROCESS_ENDED && !p->exit_told ? event_bytes(0, AT_EXIT_REPORT_SIZE) : 0;
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
}

void source_bind(struct source *s, struct port *p, u64 key) {
  if (p)
    object_hold(&p->object);
  source_unbind(s);
  s->port = p;
  s->key = key;
  source_ready(s);
}

/// Puts a message's handles and payload behind an event's header. A handle that finds no room in
/// the vault arrives as 0.
static void write_message(struct event *e, u8 *at, struct message *m, struct vault *v) {
  int error;
  for (unsigned i = 0; i < m->handles; i++) {
    struct slot *s = &m->handle[i];
    u32 number = vault_insert(v, s->object, s->rights, s->badge, &error);
    if (!number)
      object_release_handle(s->object);
    memcpy(at + AT_EVENT_HEADER + 4 * i, &number, 4);
  }
  e->handles = m->handles;
  m->handles = 0; // they are gone
  e->badge = m->badge;
  e->length = m->length;
  memcpy(at + event_bytes(e->handles, 0), m->payload, m->length);
}

static void write_event(struct source *s, struct vault *v, u8 *at, u32 size) {
  struct event e = {.size = size, .key = s->key};
  int error;
  memset(at, 0, AT_EVENT_HEADER);
  if (s->type == SOURCE_ENDPOINT) {
    struct endpoint *from = container_of(s, struct endpoint, source);
    if (list_empty(&from->queue)) {
      e.type = EVENT_CLOSED;
      from->closed_told = true;
    } else {
      struct message *m = container_of(from->queue.next, struct message, link);
      struct call *c = m->call;
      list_remove(&m->link);
      from->queued--;
      e.type = c ? EVENT_CALL : EVENT_MESSAGE;
      write_message(&e, at, m, v);
      if (c) {
        m->call = 0;
        c->state = CALL_TAKEN;
        c->endpoint = 0;
        c->queued = 0;
        e.reply = vault_insert(v, &c->object, RIGHT_TRANSFER | RIGHT_SEND, 0, &error);
        if (!e.reply)
          object_release_handle(&c->object); // nobody can answer: the caller hears of it
      } else {
        from->sends--;
      }
      message_drop(m);
    }
  } else if (s->type == SOURCE_CALL) {
    struct call *c = container_of(s, struct call, source);
    e.type = EVENT_REPLY;
    e.status = c->status;
    if (c->reply)
      write_message(&e, at, c->reply, v);
    call_abandon(c); // the last of it for the caller
  } else if (s->type == SOURCE_TIMER) {
    e.type = EVENT_TIMER;
    container_of(s, struct timer, source)->fired = false;
  } else if (s->type == SOURCE_INTERRUPT) {
    e.type = EVENT_INTERRUPT;
    container_of(s, struct interrupt, source)->pending = false;
  } else {
    struct process *p = container_of(s, struct process, source);
    e.type = EVENT_EXIT;
    memcpy(&e.status, p->report + AT_EXIT_REPORT_CODE, 4);
    e.length = AT_EXIT_REPORT_SIZE;
    memcpy(at + AT_EVENT_HEADER, p->report, AT_EXIT_REPORT_SIZE);
    p->exit_told = true;
  }
  memcpy(at, &e, sizeof e);
}

u32 port_collect(struct port *p, struct thread *t) {
  u8 *area = t->buffer + LIMIT_EVENT_OFFSET + AT_WAIT_HEADER;
  u32 used = 0, most = LIMIT_EVENT_BYTES - AT_WAIT_HEADER;
  for (unsigned i = 0; i < MOST && !list_empty(&p->ready); i++) {
    struct source *s = container_of(p->ready.next, struct source, ready);
    u32 bytes = next_bytes(s);
    if (bytes > most - used)
      break;
    list_remove(&s->ready);
    if (!bytes)
      continue;
    bool once = s->type != SOURCE_ENDPOINT; // a call is gone after its event
    write_event(s, t->process->vault, area + used, bytes);
    used += bytes;
    if (!once && next_bytes(s))
      list_append(&p->ready, &s->ready);
  }
  if (!list_empty(&p->ready))
    wake_waiter(p);
  return used;
}

void wait_leave(struct thread *t) {
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

static void wait_end(struct thread *t, u32 bytes) {
  u64 now = arch_now(), clock = arch_clock(), zero = 0;
  u32 failed = (u32)t->gathered;
  u8 *header = t->buffer + LIMIT_EVENT_OFFSET;
  memcpy(header + AT_WAIT_BYTES, &bytes, 4);
  memcpy(header + AT_WAIT_FAILED, &failed, 4);
  memcpy(header + AT_WAIT_NOW, &now, 8);
  memcpy(header + AT_WAIT_CLOCK, &clock, 8);
  memcpy(header + AT_WAIT_RESERVED, &zero, 8);
  t->result = bytes;
  t->second = now;
  t->gathered = 0;
}

static void wait_begin(struct thread *t, struct port *p, u64 until) {
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

s64 sys_submit_wait(struct thread *t, const u64 *a) {
  int error;
  struct port *p = 0;
  if (a[1] > LIMIT_SUBMIT_BYTES)
    return ERROR_BAD_ARGUMENT;
  if (a[0] && !(p = checked(t, a[0], KIND_PORT, RIGHT_RECEIVE, &error)))
    return error;
  if (submit_batch(t, (u32)a[1], p && a[2]) == RESTART)
    return RESTART;
  u32 bytes = p ? port_collect(p, t) : 0;
  if (p && !bytes && a[2] > arch_now()) {
    object_hold(&p->object);
    wait_begin(t, p, a[2]);
    return WAITING;
  }
  sched_spread();
  wait_end(t, bytes);
  return t->result;
}

s64 sys_port_create(struct thread *t, const u64 *a) {
  (void)a;
  int error;
  struct port *p = object_create(KIND_PORT, sizeof *p, t->process->budget, &error);
  if (!p)
    return error;
  list_init(&p->ready);
  list_init(&p->waiters);
  return give_handle(t, &p->object,
                     RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_RECEIVE | RIGHT_BIND | RIGHT_INFO);
}

s64 sys_bind(struct thread *t, const u64 *a) {
  int error = 0;
  struct port *p = 0;
  struct source *s;
  struct object *o = checked(t, a[0], 0, RIGHT_BIND, &error);
  if (!o)
    return error;
  switch (o->kind) {
  case KIND_ENDPOINT:
    if (!checked(t, a[0], KIND_ENDPOINT, RIGHT_RECEIVE, &error))
      return error;
    s = &((struct endpoint *)o)->source;
    break;
  case KIND_INTERRUPT:
    s = &((struct interrupt *)o)->source;
    break;
  case KIND_TIMER:
    s = &((struct timer *)o)->source;
    break;
  case KIND_PROCESS:
    s = &((struct process *)o)->source;
    break;
  default:
    return ERROR_WRONG_KIND;
  }
  if (a[1] && !(p = checked(t, a[1], KIND_PORT, RIGHT_BIND, &error)))
    return error;
  source_bind(s, p, a[2]);
  return 0;
}
