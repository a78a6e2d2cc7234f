// Channels, calls and their ends. Every way in which a call ends goes through call_finish (the
// caller gets its event) or call_abandon (the caller is gone or has it); docs/abi.md has the table.
#include "submission.h"

SYSCALL(channel_create) {
  struct endpoint *e[2];
  s64 handle[2];
  for (unsigned i = 0; i < 2; i++) {
    e[i] = object_create(KIND_ENDPOINT, 0, t->process->budget);
    if (e[i])
      list_init(&e[i]->queue), list_init(&e[i]->flying);
    handle[i] = e[i] ? give_handle(t, &e[i]->object) : failure;
    if (handle[i] < 0 && i)
      slot_close(vault_remove(t->process->vault, (u32)handle[0]));
    if (handle[i] < 0)
      return handle[i];
  }
  e[0]->peer = e[1];
  e[1]->peer = e[0];
  t->second = (u64)handle[1];
  return handle[0];
}

/// Takes the call's message off the endpoint, if it waits there still.
static struct message *unqueue(struct call *c) {
  struct message *m = c->queued;
  if (m)
    c->endpoint->queued--;
  c->queued = 0;
  c->endpoint = 0;
  return m;
}

/// Until the call is answered or has ended (0), whoever received at the port last runs in a class
/// not below its caller's. In that time the call holds itself, so that no short way takes it.
static void raise(struct call *c, struct process *server) {
  struct process *p = server ? server : c->raised;
  if (!p || (server && server->own_class <= c->caller->class))
    return;
  p->raises += server ? 1 : -1u;
  sched_class(p);
  process_name(&c->raised, server);
  (server ? object_hold : object_release)(&c->object);
}

void call_finish(struct call *c, s32 status) {
  if (c->state >= CALL_DONE)
    return;
  struct message *m = unqueue(c);
  c->state = CALL_DONE;
  c->status = status;
  c->late = ERROR_CANCELLED;
  deadline_set(&c->deadline, NEVER);
  if (m)
    message_drop(m);
  source_ready(&c->source);
  raise(c, 0);
}

void call_abandon(struct call *c) {
  struct message *queued = unqueue(c), *reply = c->reply;
  if (c->state < CALL_DONE)
    c->late = ERROR_PEER_CLOSED;
  c->state = CALL_RECEIVED;
  c->reply = 0;
  c->caller->call_count--;
  c->caller = 0;
  list_remove(&c->of_process);
  deadline_set(&c->deadline, NEVER);
  source_unbind(&c->source);
  raise(c, 0);
  if (queued)
    message_drop(queued);
  if (reply)
    message_drop(reply);
  object_release(&c->object);
}

struct call *call_create(struct thread *t, struct port *port, u64 cookie) {
  struct process *p = t->process;
  struct call *c = p->spare;
  p->spare = 0;
  if (!c && !(c = object_create(KIND_REPLY, 0, p->budget)))
    return 0;
  c->deadline.type = DEADLINE_CALL;
  c->caller = p;
  c->state = CALL_QUEUED;
  list_append(&p->calls, &c->of_process);
  p->call_count++;
  object_hold(&port->object);
  c->source.port = port; // no event yet
  c->source.key = cookie;
  c->object.references = 2; // the caller's list, and what the message carries
  c->object.handles = 1;
  return c;
}

bool process_forget_spare(struct process *p) {
  struct call *c = p->spare;
  p->spare = 0;
  if (c)
    object_release(&c->object);
  return c;
}

static s32 submit_send(struct thread *t, const struct submission *s, const u8 *body) {
  struct port *port = 0;
  struct slot *slot = vault_find(t->process->vault, s->handle, KIND_ENDPOINT, RIGHT_SEND);
  if (!slot)
    return failure;
  u64 badge = slot->badge;
  struct endpoint *to = ((struct endpoint *)slot->object)->peer;
  if (!to)
    return ERROR_PEER_CLOSED;
  if (s->operation == OP_CALL && !(port = checked(t, s->port, KIND_PORT, RIGHT_BIND)))
    return failure;
  if (port ? t->process->call_count >= CALLS_IN_FLIGHT : to->sends >= LIMIT_QUEUE_DEPTH)
    return ERROR_QUEUE_FULL;
  struct message *m = message_build(t, s, body, 0);
  if (!m)
    return failure;
  struct call *c = port ? m->call = call_create(t, port, s->cookie) : 0;
  if (port && !c) {
    s32 error = failure;
    message_drop(m);
    return error;
  }
  if (c) {
    c->endpoint = to;
    c->queued = m;
    deadline_set(&c->deadline, s->deadline ? s->deadline : NEVER);
  }
  m->badge = badge;
  message_commit(t, m, s->handles);
  list_append(&to->queue, &m->link);
  to->sends += !port;
  to->queued++;
  if (c && to->source.port)
    raise(c, to->source.port->receiver);
  source_ready(&to->source);
  return 0;
}

static s32 submit_reply(struct thread *t, const struct submission *s, const u8 *body) {
  struct call *c = checked(t, s->handle, KIND_REPLY, RIGHT_SEND);
  if (!c)
    return failure;
  s32 status = c->late;
  if (c->state == CALL_TAKEN) {
    struct message *m = message_build(t, s, body, &c->object);
    if (!m)
      return failure;
    message_commit(t, m, s->handles);
    c->reply = m;
    call_finish(c, 0);
    status = 0;
  }
  object_release_handle(vault_remove(t->process->vault, s->handle).object);
  return status;
}

static s32 submit_cancel(struct thread *t, const struct submission *s) {
  const struct port *port = checked(t, s->port, KIND_PORT, 0);
  if (!port)
    return failure;
  struct list *calls = &t->process->calls;
  for (struct list *l = calls->next; l != calls; l = l->next) {
    struct call *c = container_of(l, struct call, of_process);
    if (c->source.key != s->cookie || c->source.port != port || c->state >= CALL_DONE)
      continue;
    call_finish(c, ERROR_CANCELLED);
    return 0;
  }
  return ERROR_NOT_FOUND;
}

s32 submit_entry(struct thread *t, const struct submission *s, const u8 *body) {
  switch (s->operation) {
  case OP_SEND:
  case OP_CALL:
    return submit_send(t, s, body);
  case OP_REPLY:
    return submit_reply(t, s, body);
  case OP_CANCEL:
    return submit_cancel(t, s);
  default:
    return ERROR_BAD_ARGUMENT;
  }
}
