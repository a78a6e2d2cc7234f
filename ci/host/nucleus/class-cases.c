// A server of the batch class runs with the interactive ones while a call of such a caller waits
// for its answer, however the call ends; never otherwise.
#include "pair.h"

static void batch(struct thread *t, u8 class) {
  t->process->own_class = class;
  sched_class(t->process);
}

static void check_class(u8 class, u32 raises) {
  check_equal(server->process->class, class);
  check_equal(server->process->raises, raises);
}

static struct received taken(void) {
  struct received e = event_of(server, server_port);
  check_equal(e.type, EVENT_CALL);
  return e;
}

static void reply(u32 handle) {
  struct entry e = {OP_REPLY, handle, 0, 0, 0, "answer", 0, {0}, {0}};
  check_equal(submit(server, &e), 0);
}

/// Queued, taken, answered; a second call keeps it up until both have ended.
static void answers(void) {
  struct entry one = call_to(1, 0), two = call_to(2, 0);
  check_equal(submit(client, &one), 0);
  check_class(0, 1);
  struct received first = taken();
  check_class(0, 1);
  check_equal(submit(client, &two), 0);
  check_class(0, 2);
  reply(first.reply);
  check_equal(event_of(client, client_port).type, EVENT_REPLY);
  check_class(0, 1);
  reply(taken().reply);
  check_equal(event_of(client, client_port).type, EVENT_REPLY);
  check_class(1, 0);
}

/// The other ends: deadline, cancel, the reply object closed, the answer on the short way.
static void ends(void) {
  struct entry late = call_to(1, test_now + 1000), cancel = {.operation = OP_CANCEL},
               question = call_to(2, 0);
  check_equal(submit(client, &late), 0);
  check_class(0, 1);
  advance(2000);
  check_class(1, 0);
  check_equal(event_of(client, client_port).status, ERROR_TIMED_OUT);
  check(no_event(server, server_port));
  check_equal(submit(client, &question), 0);
  struct received e = taken();
  cancel.port = client_port, cancel.cookie = 2;
  check_equal(submit(client, &cancel), 0);
  check_class(1, 0);
  check_equal(event_of(client, client_port).status, ERROR_CANCELLED);
  struct entry answer = {OP_REPLY, e.reply, 0, 0, 0, 0, 0, {0}, {0}};
  check_equal(submit(server, &answer), ERROR_CANCELLED);
  check_equal(submit(client, &question), 0);
  check_equal(sys(server, SYS_HANDLE_CLOSE, (u64)taken().reply), 0);
  check_class(1, 0);
  check_equal(event_of(client, client_port).status, ERROR_MAYBE_EXECUTED);
}

/// The caller waits, the server answers and waits: that goes straight, and lowers it as well.
static void straight(void) {
  struct entry question = call_to(3, 0);
  u32 bytes = entry_put(client, 0, &question);
  sys(client, SYS_SUBMIT_WAIT, (u64)client_port, (u64)bytes, NEVER);
  settle();
  check_class(0, 1);
  struct entry answer = {OP_REPLY, taken().reply, 0, 0, 0, 0, 0, {0}, {0}};
  bytes = entry_put(server, 0, &answer);
  sys(server, SYS_SUBMIT_WAIT, (u64)server_port, (u64)bytes, NEVER);
  settle();
  check_class(1, 0);
  check_equal(client->state, THREAD_RUNNING);
  check_equal(client->process->spare ? 1 : 0, 0);
  process_end(server->process, ENDED_KILLED, 0);
}

void case_raises(u32 size) {
  machine_start(12000, 4);
  pair_pages();
  u64 pages = pair_pages();
  for (u32 i = 0; i < size; i++) {
    pair();
    struct entry question = call_to(9, 0);
    batch(server, 1);
    check_equal(submit(client, &question), 0);
    check_class(1, 0); // nobody has received there yet
    reply(taken().reply);
    check_equal(event_of(client, client_port).type, EVENT_REPLY);
    answers();
    ends();
    batch(client, 1);
    check_equal(submit(client, &question), 0);
    check_class(1, 0); // a caller of the same class
    reply(taken().reply);
    check_equal(event_of(client, client_port).type, EVENT_REPLY);
    batch(client, 0);
    if (i % 3 == 0) {
      straight();
    } else { // one of them ends in its midst
      check_equal(submit(client, &question), 0);
      check_class(0, 1);
      process_end((i % 3 == 1 ? client : server)->process, ENDED_KILLED, 0);
      settle();
      check_class(1, 0);
    }
    part(pages);
  }
}
