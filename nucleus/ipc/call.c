// Channels, calls and their ends. Every way in which a call ends goes through call_finish (the
// caller gets its event) or call_abandon (the caller is gone or has it); docs/abi.md has the table.
#include "submission.h"

s64 sys_channel_create(struct thread *t, const u64 *a) {
  (void)a;
  const u16 rights =
      RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_SEND | RIGHT_RECEIVE | RIGHT_BIND | RIGHT_INFO;
  struct endpoint *e[2];
  int error;
  for (unsigned i = 0; i < 2; i++) {
    e[i] = object_create(KIND_ENDPOINT, sizeof *e[i], t->process->budget, &error);
    if (!e[i]) {
      if (i)
        object_release(&e[0]->object);
      return error;
    }
    list_init(&e[i]->queue);
    list_init(&e[i]->source.ready);
    e[i]->source.type = SOURCE_ENDPOINT;
  }
  e[0]->peer = e[1];
  e[1]->peer = e[0];
  s64 one = give_handle(t, &e[0]->object, rights);
  s64 two = one < 0 ? one : give_handle(t, &e[1]->object, rights);
  if (one < 0)
    object_release(&e[1]->object);
  else if (two < 0)
    object_release_handle(vault_remove(t->process->vault, (u32)one).object);
  t->second = two < 0 ? 0 : (u64)two;
  return two < 0 ? two : one;
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
  if (queued)
    message_drop(queued);
  if (reply)
    message_drop(reply);
  object_release(&c->object);
}

static s32 submit_send(struct thread *t, const struct submission *s, const u8 *body) {
  int error = 0;
  s32 status = 0;
  struct process *p = t->process;
  struct slot *slot = vault_find(p->vault, s->handle, KIND_ENDPOINT, RIGHT_SEND, &error);
  if (!slot)
    return error;
  struct endpoint *to = ((struct endpoint *)slot->object)->peer;
  if (!to)
    return ERROR_PEER_CLOSED;
  struct port *port = 0;
  if (s->operation == OP_SEND && to->sends >= LIMIT_QUEUE_DEPTH)
    return ERROR_QUEUE_FULL;
  if (s->operation == OP_CALL) {
    slot = vault_find(p->vault, s->port, KIND_PORT, RIGHT_BIND, &error);
    if (!slot)
      return error;
    port = (struct port *)slot->object;
    if (p->call_count >= CALLS_IN_FLIGHT)
      return ERROR_QUEUE_FULL;
  }
  struct message *m = message_build(t, s, body, &to->object, &status);
  if (!m)
    return status;
  m->badge = vault_find(p->vault, s->handle, 0, 0, &error)->badge;
  if (port) {
    struct call *c = object_create(KIND_REPLY, sizeof *c, p->budget, &error);
    if (!c) {
      message_drop(m);
      return error;
    }
    c->source.type = SOURCE_CALL;
    c->deadline.type = DEADLINE_CALL;
    c->caller = p;
    c->endpoint = to;
    c->queued = m;
    list_init(&c->of_process);
    list_init(&c->source.ready);
    list_append(&p->calls, &c->of_process);
    p->call_count++;
    source_bind(&c->source, port, s->cookie);
    object_hold_handle(&c->object); // what the message carries
    m->call = c;
    deadline_set(&c->deadline, s->deadline ? s->deadline : NEVER);
  } else {
    to->sends++;
  }
  message_commit(t, m, s->handles);
  list_append(&to->queue, &m->link);
  to->queued++;
  source_ready(&to->source);
  return 0;
}

static s32 submit_reply(struct thread *t, const struct submission *s, const u8 *body) {
  int error = 0;
  s32 status = 0;
  struct slot *slot = vault_find(t->process->vault, s->handle, KIND_REPLY, RIGHT_SEND, &error);
  if (!slot)
    return error;
  struct call *c = (struct call *)slot->object;
  if (c->state == CALL_TAKEN) {
    struct message *m = message_build(t, s, body, &c->object, &status);
    if (!m)
      return status;
    message_commit(t, m, s->handles);
    c->reply = m;
    call_finish(c, 0);
  } else {
    status = c->late;
  }
  object_release_handle(vault_remove(t->process->vault, s->handle).object);
  return status;
}

static s32 submit_cancel(struct thread *t, const struct submission *s) {
  int error = 0;
  struct slot *slot = vault_find(t->process->vault, s->port, KIND_PORT, 0, &error);
  if (!slot)
    return error;
  struct list *calls = &t->process->calls;
  for (struct list *l = calls->next; l != calls; l = l->next) {
    struct call *c = container_of(l, struct call, of_process);
    if (c->source.key == s->cookie && &c->source.port->object == slot->object &&
        c->state < CALL_DONE) {
      call_finish(c, ERROR_CANCELLED);
      return 0;
    }
  }
  return ERROR_NOT_FOUND;
}

s32 submit_entry(struct thread *t, const struct submission *s, const u8 *body) {
  int error = 0;
  switch (s->operation) {
  case OP_SEND:
  case OP_CALL:
    return submit_send(t, s, body);
  case OP_REPLY:
    return submit_reply(t, s, body);
  case OP_CANCEL:
    return submit_cancel(t, s);
  case OP_ACKNOWLEDGE: {
    struct interrupt *i = checked(t, s->handle, KIND_INTERRUPT, RIGHT_MANAGE, &error);
    if (i)
      interrupt_acknowledge(i);
    return error;
  }
  default:
    return ERROR_BAD_ARGUMENT;
  }
}
