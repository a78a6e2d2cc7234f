// How calls end: docs/abi.md's table, cell by cell.
#include "pair.h"

static s32 answer(u32 reply) {
  return submit(server, &(struct entry){.operation = OP_REPLY, .handle = reply, .text = "answer"});
}

static u32 taken(void) {
  struct received e = event_of(server, server_port);
  check_equal(e.type, EVENT_CALL);
  check_equal(e.key, 7);
  check(e.reply && !strcmp(e.text, "question"));
  return e.reply;
}

static void ended(u64 cookie, s32 status) {
  struct received e = event_of(client, client_port);
  check_equal(e.type, EVENT_REPLY);
  check_equal(e.key, cookie);
  check_equal(e.status, status);
  check(no_event(client, client_port));
}

/// One cell: the call is queued or taken, then something ends it.
enum { REPLIES, CLOSES_REPLY, CLOSES_END, DIES, TIMES_OUT, CANCELS, CALLER_DIES, ENDS };
static void cell(bool take, unsigned end, u64 pages) {
  pair();
  struct entry c = call_to(5, end == TIMES_OUT ? test_now + 1000 : 0);
  u32 reply = 0;
  check_equal(submit(client, &c), 0);
  check(no_event(client, client_port));
  if (take)
    reply = taken();
  switch (end) {
  case REPLIES:
    check_equal(answer(reply), 0);
    check_equal(answer(reply), ERROR_BAD_HANDLE);
    ended(5, 0);
    break;
  case CLOSES_REPLY:
    check_equal(sys(server, SYS_HANDLE_CLOSE, (u64)reply), 0);
    ended(5, ERROR_MAYBE_EXECUTED);
    break;
  case CLOSES_END:
    check_equal(sys(server, SYS_HANDLE_CLOSE, (u64)server_end), 0);
    settle();
    if (take) { // the reply handle still answers
      check(no_event(client, client_port));
      check_equal(answer(reply), 0);
    }
    ended(5, take ? 0 : ERROR_PEER_CLOSED);
    check_equal(submit(client, &c), ERROR_PEER_CLOSED);
    break;
  case DIES:
    check_equal(sys(init, SYS_PROCESS_KILL, (u64)server_process, 1ull), 0);
    settle();
    ended(5, take ? ERROR_MAYBE_EXECUTED : ERROR_PEER_CLOSED);
    break;
  case TIMES_OUT:
    advance(999);
    check(no_event(client, client_port));
    advance(1);
    ended(5, ERROR_TIMED_OUT);
    if (take)
      check_equal(answer(reply), ERROR_CANCELLED);
    else
      check(no_event(server, server_port));
    break;
  case CANCELS: {
    struct entry cancel = {.operation = OP_CANCEL, .port = client_port, .cookie = 6};
    check_equal(submit(client, &cancel), ERROR_NOT_FOUND);
    cancel.cookie = 5;
    check_equal(submit(client, &cancel), 0);
    check_equal(submit(client, &cancel), ERROR_NOT_FOUND);
    ended(5, ERROR_CANCELLED);
    if (take)
      check_equal(answer(reply), ERROR_CANCELLED);
    else
      check(no_event(server, server_port));
    break;
  }
  default:
    check_equal(sys(init, SYS_PROCESS_KILL, (u64)client_process, 1ull), 0);
    settle();
    if (take)
      check_equal(answer(reply), ERROR_PEER_CLOSED);
    check_equal(event_of(server, server_port).type, EVENT_CLOSED); // and no call before it
    check(no_event(server, server_port));
  }
  part(pages);
}

void case_calls(u32 size) {
  machine_start(4000, 4);
  u64 pages = pair_pages();
  for (u32 i = 0; i < size; i++)
    for (unsigned end = 0; end < ENDS; end++)
      for (unsigned take = 0; take < 2; take++)
        if (take || end > CLOSES_REPLY)
          cell(take, end, pages);
  // a reply handle travels: whoever holds it answers; lost on its way, the call may have run
  for (unsigned lost = 0; lost < 2; lost++) {
    pair();
    struct entry c = call_to(1, 0);
    check_equal(submit(client, &c), 0);
    u32 reply = taken();
    struct channel on = channel_of(server);
    struct entry pass = {.operation = OP_SEND, .handle = on.a, .handles = 1};
    pass.handle_number[0] = reply;
    pass.handle_rights[0] = RIGHT_ALL;
    check_equal(submit(server, &pass), 0);
    check_equal(answer(reply), ERROR_BAD_HANDLE);
    if (lost) {
      check_equal(sys(server, SYS_HANDLE_CLOSE, (u64)on.b), 0);
      ended(1, ERROR_MAYBE_EXECUTED);
    } else {
      check_equal(sys(server, SYS_BIND, (u64)on.b, (u64)server_port, 8ull), 0);
      struct received e = event_of(server, server_port);
      check(e.handles == 1 && e.handle[0]);
      check_equal(answer(e.handle[0]), 0);
      ended(1, 0);
    }
    part(pages);
  }
}
