// Channels, calls, transfers, waits and interrupts. case_calls goes through docs/abi.md's table of
// how a call ends, cell by cell.
#include "machine.h"

static u32 client_process, server_process, to_server, server_end, client_port, server_port;
static struct thread *client, *server;

/// A client and a server with a channel between them.
static void pair(void) {
  client = child(given[HANDLE_BUDGET], &client_process);
  server = child(given[HANDLE_BUDGET], &server_process);
  struct channel c = channel_of(init);
  to_server = (u32)sys(init, SYS_HANDLE_GIVE, (u64)client_process, (u64)c.a, (u64)RIGHT_ALL);
  server_end = (u32)sys(init, SYS_HANDLE_GIVE, (u64)server_process, (u64)c.b, (u64)RIGHT_ALL);
  client_port = port_of(client);
  server_port = port_of(server);
  check_equal(sys(server, SYS_BIND, (u64)server_end, (u64)server_port, 7ull), 0);
}

static void kill_one(u32 process) {
  struct process *p = checked(init, process, KIND_PROCESS, 0);
  if (p->state < PROCESS_ENDING)
    check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 9ull), 0);
  settle();
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
}

static void part(u64 pages) {
  kill_one(client_process);
  kill_one(server_process);
  check_equal(free_pages(), pages);
}

static struct entry call_to(u64 cookie, u64 deadline) {
  return (struct entry){OP_CALL, to_server, client_port, cookie, deadline, "question", 0, {0}, {0}};
}

static s32 answer(u32 reply) {
  return submit(server, &(struct entry){.operation = OP_REPLY, .handle = reply, .text = "answer"});
}

static u32 taken(void) {
  struct event e = event_of(server, server_port);
  check_equal(e.type, EVENT_CALL);
  check_equal(e.key, 7);
  check(e.reply && !strcmp(e.text, "question"));
  return e.reply;
}

static void ended(u64 cookie, s32 status) {
  struct event e = event_of(client, client_port);
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
  pair(); // the state after one cycle is the baseline
  kill_one(client_process);
  kill_one(server_process);
  u64 pages = free_pages();
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
      struct event e = event_of(server, server_port);
      check(e.handles == 1 && e.handle[0]);
      check_equal(answer(e.handle[0]), 0);
      ended(1, 0);
    }
    part(pages);
  }
}

void case_messages(u32 size) {
  machine_start(4000, 4);
  u64 pages = (pair(), kill_one(client_process), kill_one(server_process), free_pages());
  (void)size;
  pair();
  // order, queue depth, CLOSED last
  struct entry send = {.operation = OP_SEND, .handle = to_server, .text = "0"};
  char text[2] = "0";
  send.text = text;
  for (u32 i = 0; i < LIMIT_QUEUE_DEPTH; i++) {
    text[0] = (char)('0' + i);
    check_equal(submit(client, &send), 0);
  }
  check_equal(submit(client, &send), ERROR_QUEUE_FULL);
  struct entry c = call_to(9, 0); // calls wait beyond the depth
  check_equal(submit(client, &c), 0);
  check_equal(sys(server, SYS_PROCESS_INFO, 0ull), 0);
  u32 queued;
  memcpy(&queued, server->buffer + AT_PROCESS_INFO_QUEUED, 4);
  check_equal(queued, LIMIT_QUEUE_DEPTH + 1);
  check_equal(sys(client, SYS_HANDLE_CLOSE, (u64)to_server), 0);
  s64 bytes = sys(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, 0ull);
  u32 seen = 0;
  for (bool closed = false; bytes;
       bytes = sys(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, 0ull))
    for (u32 at = 0; at < bytes;) {
      const u8 *e = server->buffer + LIMIT_EVENT_OFFSET + AT_WAIT_HEADER + at;
      u16 type = *(const u16 *)(e + AT_EVENT_TYPE);
      check(!closed);
      if (seen < LIMIT_QUEUE_DEPTH)
        check(type == EVENT_MESSAGE && e[AT_EVENT_HEADER] == '0' + seen);
      else
        check_equal(type, seen == LIMIT_QUEUE_DEPTH ? EVENT_CALL : EVENT_CLOSED);
      closed = type == EVENT_CLOSED;
      seen++;
      at += *(const u32 *)e;
    }
  check_equal(seen, LIMIT_QUEUE_DEPTH + 2);
  part(pages);
  // batches: order, statuses, malformed ends
  pair();
  u32 one = entry_put(client, 0, &(struct entry){.operation = OP_SEND, .handle = to_server});
  u32 two = entry_put(client, one, &(struct entry){.operation = OP_SEND, .handle = 77});
  u32 three = entry_put(client, two, &(struct entry){.operation = OP_SEND, .handle = to_server});
  check_equal(sys(client, SYS_SUBMIT_WAIT, 0ull, (u64)three, 0ull), 0);
  check_equal(entry_status(client, 0), 0);
  check_equal(entry_status(client, one), ERROR_BAD_HANDLE);
  check_equal(entry_status(client, two), 0);
  *(u32 *)(client->buffer + LIMIT_SUBMIT_OFFSET + one) = 44;
  check_equal(sys(client, SYS_SUBMIT_WAIT, 0ull, (u64)three, 0ull), 0);
  check_equal(entry_status(client, one), ERROR_BAD_ARGUMENT);
  check_equal(*(u32 *)(client->buffer + LIMIT_EVENT_OFFSET + AT_WAIT_FAILED), 1);
  check_equal(sys(client, SYS_SUBMIT_WAIT, 0ull, (u64)three - 8, 0ull), 0);
  check_equal(sys(client, SYS_SUBMIT_WAIT, 0ull, 12ull, 0ull), 0);
  check_equal(sys(client, SYS_SUBMIT_WAIT, 0ull, LIMIT_SUBMIT_BYTES + 8ull, 0ull),
              ERROR_BAD_ARGUMENT);
  check_equal(sys(client, SYS_SUBMIT_WAIT, 12345ull, 0ull, 0ull), ERROR_BAD_HANDLE);
  check_equal(sys(client, SYS_SUBMIT_WAIT, (u64)to_server, 0ull, 0ull), ERROR_WRONG_KIND);
  // sizes
  check(sys(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, 0ull) > 0);
  static char big[LIMIT_MESSAGE_BYTES + 2];
  memset(big, 'x', LIMIT_MESSAGE_BYTES + 1);
  struct entry large = {.operation = OP_SEND, .handle = to_server, .text = big};
  check_equal(submit(client, &large), ERROR_TOO_LARGE);
  for (u32 length = LIMIT_MESSAGE_BYTES; length > 1800; length -= 100) {
    big[length] = 0;
    check_equal(submit(client, &large), 0);
    struct event e = event_of(server, server_port);
    check(e.length == length && !memcmp(e.text, big, length));
  }
  part(pages);
}

void case_transfers(u32 size) {
  machine_start(4000, 4);
  u64 pages = (pair(), kill_one(client_process), kill_one(server_process), free_pages());
  (void)size;
  pair();
  s64 m = sys(client, SYS_MEMORY_CREATE, 8192ull, 0ull);
  s64 weak = sys(client, SYS_HANDLE_DUPLICATE, (u64)m, (u64)(RIGHT_READ | RIGHT_TRANSFER), 44ull);
  check_equal(sys(client, SYS_HANDLE_INFO, (u64)weak), KIND_MEMORY | (RIGHT_READ | RIGHT_TRANSFER)
                                                                         << 8);
  check_equal(client->second, 44);
  check_equal(sys(client, SYS_HANDLE_DUPLICATE, (u64)weak, 4095ull, 0ull), ERROR_NO_RIGHT);
  struct entry send = {.operation = OP_SEND, .handle = to_server, .handles = 2};
  send.handle_number[0] = (u32)m;
  send.handle_rights[0] = RIGHT_ALL | TRANSFER_COPY;
  send.handle_number[1] = (u32)weak;
  send.handle_rights[1] = RIGHT_ALL | TRANSFER_COPY; // it has no DUPLICATE
  check_equal(submit(client, &send), ERROR_NO_RIGHT);
  send.handle_rights[1] = RIGHT_READ;
  send.handle_number[0] = (u32)weak; // copied without the right, and moved as well
  check_equal(submit(client, &send), ERROR_NO_RIGHT);
  send.handle_rights[0] = RIGHT_READ;
  check_equal(submit(client, &send), ERROR_BAD_HANDLE); // moved twice
  check_equal(sys(client, SYS_HANDLE_INFO, (u64)weak),
              KIND_MEMORY | (RIGHT_READ | RIGHT_TRANSFER) << 8); // nothing moved
  send.handle_number[0] = (u32)m;
  send.handle_rights[0] = (RIGHT_ALL & ~RIGHT_WRITE) | TRANSFER_COPY;
  check_equal(submit(client, &send), 0);
  check_equal(sys(client, SYS_HANDLE_INFO, (u64)weak), ERROR_BAD_HANDLE);
  check(sys(client, SYS_HANDLE_INFO, (u64)m) > 0);
  struct event e = event_of(server, server_port);
  check_equal(e.handles, 2);
  check_equal(sys(server, SYS_HANDLE_INFO, (u64)e.handle[0]) >> 8 & RIGHT_WRITE, 0);
  check_equal(sys(server, SYS_HANDLE_INFO, (u64)e.handle[1]), KIND_MEMORY | RIGHT_READ << 8);
  check_equal(server->second, 44);
  check_equal(sys(server, SYS_HANDLE_GIVE, (u64)server_process, (u64)e.handle[1], 0ull),
              ERROR_BAD_HANDLE);
  // the badge of the sender's handle shows
  s64 badged = sys(client, SYS_HANDLE_DUPLICATE, (u64)to_server, 4095ull, 1234567890123ull);
  check_equal(submit(client, &(struct entry){.operation = OP_SEND, .handle = (u32)badged}), 0);
  check(event_of(server, server_port).badge == 1234567890123);
  check_equal(sys(client, SYS_HANDLE_DUPLICATE, (u64)badged, 4095ull, 5ull), ERROR_BAD_ARGUMENT);
  // an endpoint can't travel over its own channel
  struct channel loop = channel_of(client);
  struct entry self = {.operation = OP_SEND, .handle = loop.a, .handles = 1};
  self.handle_number[0] = loop.b;
  self.handle_rights[0] = RIGHT_ALL;
  check_equal(submit(client, &self), ERROR_BAD_ARGUMENT);
  self.handle_number[0] = loop.a;
  check_equal(submit(client, &self), ERROR_BAD_ARGUMENT);
  // rights of the call itself
  s64 mute = sys(client, SYS_HANDLE_DUPLICATE, (u64)to_server, (u64)RIGHT_RECEIVE, 0ull);
  check_equal(submit(client, &(struct entry){.operation = OP_SEND, .handle = (u32)mute}),
              ERROR_NO_RIGHT);
  check_equal(sys(client, SYS_BIND, (u64)mute, (u64)client_port, 0ull), ERROR_NO_RIGHT);
  part(pages);
}

/// What the figures say, and the log.
void case_facts(u32 size) {
  machine_start(4000, 3);
  (void)size;
  const u8 *out = init->buffer + LIMIT_SCRATCH_OFFSET;
  check_equal(sys(init, SYS_SYSTEM_INFO, (u64)given[HANDLE_SYSTEM]), 0);
  check_equal(*(u64 *)(out + AT_SYSTEM_INFO_TOTAL_PAGES), 3999);
  check_equal(*(u64 *)(out + AT_SYSTEM_INFO_FREE_PAGES), frames_free_count());
  check_equal(*(u32 *)(out + AT_SYSTEM_INFO_CPUS), 3);
  check_equal(*(u32 *)(out + AT_SYSTEM_INFO_PROCESSES), 1);
  advance(5000);
  check_equal(sys(init, SYS_SYSTEM_INFO, (u64)given[HANDLE_SYSTEM]), 0);
  check_equal(*(u64 *)(out + AT_SYSTEM_INFO_CPU_BUSY + 8 * init->cpu), 5000);
  check_equal(sys(init, SYS_CLOCK), 5000);
  check_equal(sys(init, SYS_PROCESS_INFO, 0ull), 0);
  check_equal(*(u32 *)(out + AT_PROCESS_INFO_STATE), PROCESS_RUNNING);
  check_equal(*(u32 *)(out + AT_PROCESS_INFO_THREADS), 1);
  check_equal(*(u32 *)(out + AT_PROCESS_INFO_HANDLES), FIRST_HANDLES);
  check(*(u64 *)(out + AT_PROCESS_INFO_BUDGET_LIMIT) == root_budget->limit);
  check(!strcmp((const char *)out + AT_PROCESS_INFO_NAME, "init"));
  check_equal(sys(init, SYS_SYSTEM_CONTROL, (u64)given[HANDLE_SYSTEM], 99ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(init, SYS_SYSTEM_CONTROL, (u64)given[HANDLE_LOG], 4ull), ERROR_WRONG_KIND);
  check_equal(sys(init, 38ull), ERROR_UNKNOWN_CALL);
  check_equal(sys(init, NEVER), ERROR_UNKNOWN_CALL);
  check_panics(sys(init, SYS_SYSTEM_CONTROL, (u64)given[HANDLE_SYSTEM], (u64)CONTROL_PANIC));
  // the log is a ring: what was overwritten is skipped
  quiet = true;
  log_line("%s %u %U %x%%", "text", 7u, 12345678901234ull, 0xabcdefull);
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], 0ull), 30);
  check(!memcmp(out, "text 7 12345678901234 abcdef%\n", 30));
  check_equal(init->second, 30);
  for (u32 i = 0; i < 9; i++) {
    memset(init->buffer, 'a' + (int)i, LIMIT_SCRATCH_BYTES);
    check_equal(sys(init, SYS_LOG_WRITE, (u64)given[HANDLE_LOG], 4096ull), 0);
  }
  check_equal(sys(init, SYS_LOG_WRITE, (u64)given[HANDLE_LOG], 4097ull), ERROR_TOO_LARGE);
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], 0ull), 4096);
  check_equal(init->second, 30 + 2 * 4096);
  check_equal(out[0], 'b');
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], 30 + 9 * 4096ull), 0);
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], NEVER), 0);
}

/// Endpoints inside messages inside endpoints: as deep as the budget goes, without recursion.
void case_chains(u32 size) {
  machine_start(16000, 4);
  u64 before = free_pages();
  u32 process;
  struct thread *t = child(given[HANDLE_BUDGET], &process);
  struct channel outer = channel_of(t);
  for (u32 i = 0; i < size; i++) {
    struct channel inner = channel_of(t);
    struct entry e = {.operation = OP_SEND, .handle = inner.a, .handles = 2};
    e.handle_number[0] = outer.a; // the outer channel, whole, into the inner one
    e.handle_number[1] = outer.b;
    e.handle_rights[0] = e.handle_rights[1] = RIGHT_ALL;
    check_equal(submit(t, &e), 0);
    outer = inner;
  }
  check_equal(sys(t, SYS_HANDLE_CLOSE, (u64)outer.a), 0);
  check_equal(sys(t, SYS_HANDLE_CLOSE, (u64)outer.b), 0);
  settle();
  check_equal(vault_count(t->process->vault), 0);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(free_pages(), before);
}

void case_waits(u32 size) {
  machine_start(4000, 4);
  u64 pages = (pair(), kill_one(client_process), kill_one(server_process), free_pages());
  (void)size;
  pair();
  call(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, test_now + 5000, END);
  check_equal(server->state, THREAD_WAITING);
  settle();
  advance(4999);
  check_equal(server->state, THREAD_WAITING);
  advance(1);
  check_equal(server->state, THREAD_RUNNING);
  check_equal(server->result, 0);
  check_equal(server->second, test_now);
  call(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  settle();
  check_equal(submit(client, &(struct entry){.operation = OP_SEND, .handle = to_server}), 0);
  check_equal(server->state, THREAD_RUNNING);
  check_equal(server->result, AT_EVENT_HEADER);
  // two threads wait on one port: one event wakes one, and a thread that finds none waits on
  check_equal(sys(server, SYS_THREAD_CREATE, 0x1000ull, 0x2000ull, 3ull, 0ull), 0);
  settle();
  struct thread *second =
      container_of(server->process->threads.previous, struct thread, of_process);
  check(second != server && second->state == THREAD_RUNNING);
  check_equal((u64)sim_register(sim_id(second), 3), 3);
  call(second, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  call(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  settle();
  struct entry two_sends = {.operation = OP_SEND, .handle = to_server};
  u32 both = entry_put(client, entry_put(client, 0, &two_sends), &two_sends);
  check_equal(sys(client, SYS_SUBMIT_WAIT, 0ull, (u64)both, 0ull), 0);
  settle();
  check((second->state == THREAD_RUNNING) != (server->state == THREAD_RUNNING));
  struct thread *got = second->state == THREAD_RUNNING ? second : server;
  check_equal(got->result, 2 * AT_EVENT_HEADER);
  struct thread *other = got == second ? server : second;
  check_equal(submit(client, &two_sends), 0);
  check_equal(other->state, THREAD_RUNNING);
  check_equal(other->result, AT_EVENT_HEADER);
  call(second, SYS_THREAD_EXIT, END);
  settle();
  check_equal(server->process->thread_count, 1);
  // the direct switch: a call to a waiting receiver as the last submission, then waiting
  call(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  settle();
  struct entry c = call_to(3, 0);
  u32 bytes = entry_put(client, 0, &c), cpu = client->cpu;
  call(client, SYS_SUBMIT_WAIT, (u64)client_port, (u64)bytes, NEVER, END);
  check_equal(client->state, THREAD_WAITING);
  check(sim_pick(cpu) == sim_id(server));
  settle();
  // timers
  s64 timer = sys(server, SYS_TIMER_CREATE);
  check_equal(sys(server, SYS_BIND, (u64)timer, (u64)server_port, 99ull), 0);
  check_equal(sys(server, SYS_TIMER_SET, (u64)timer, test_now + 10), 0);
  check(event_of(server, server_port).type == 0);
  advance(10);
  check_equal(event_of(server, server_port).key, 99);
  check_equal(sys(server, SYS_TIMER_SET, (u64)timer, test_now + 10), 0);
  check_equal(sys(server, SYS_TIMER_SET, (u64)timer, NEVER), 0);
  advance(10);
  check(no_event(server, server_port));
  // a process's end is an event, with its report
  u32 port = port_of(init);
  check_equal(sys(init, SYS_BIND, (u64)client_process, (u64)port, 11ull), 0);
  check_equal(sys(server, SYS_TIMER_SET, (u64)timer, 1ull), 0);
  sim_fault(sim_id(server), 14, 6, 0x1234);
  check_equal(sys(init, SYS_BIND, (u64)server_process, (u64)port, 12ull), 0);
  settle();
  struct event e = event_of(init, port);
  check(e.type == EVENT_EXIT && e.key == 12 && e.length == AT_EXIT_REPORT_SIZE);
  check_equal(*(u32 *)(e.text + AT_EXIT_REPORT_REASON), ENDED_FAULT);
  check_equal(*(u32 *)(e.text + AT_EXIT_REPORT_VECTOR), 14);
  check_equal(*(u64 *)(e.text + AT_EXIT_REPORT_ADDRESS), 0x1234);
  check_equal(client->state, THREAD_RUNNING); // its call ended
  call(client, SYS_PROCESS_EXIT, (u64)-3, END);
  settle();
  e = event_of(init, port);
  check(e.type == EVENT_EXIT && e.key == 11 && e.status == -3);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)client_process, 0ull), ERROR_BAD_STATE);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)port), 0);
  part(pages);
}

void case_interrupts(u32 size) {
  machine_start(4000, 2);
  (void)size;
  u64 before = free_pages();
  u32 process, port;
  struct thread *t = child(given[HANDLE_BUDGET], &process);
  s64 privilege = sys(init, SYS_HANDLE_DUPLICATE, (u64)given[HANDLE_INTERRUPTS], 4095ull, 0ull);
  privilege = sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)privilege, 4095ull);
  s64 ports = sys(init, SYS_HANDLE_DUPLICATE, (u64)given[HANDLE_IO], 4095ull, 0ull);
  ports = sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)ports, 4095ull);
  port = port_of(t);
  s64 line = sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, 4ull);
  check(line > 0);
  check_equal(sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, 4ull), ERROR_BUSY);
  check_equal(sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, 99ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_INTERRUPT_MESSAGE, (u64)line), ERROR_BAD_STATE);
  check_equal(sys(t, SYS_BIND, (u64)line, (u64)port, 1ull), 0);
  check_equal(sys(t, SYS_INTERRUPT_ACKNOWLEDGE, (u64)line), 0);
  check_equal(masked_lines[4], 0);
  sim_interrupt(4);
  check_equal(masked_lines[4], 1);
  sim_interrupt(4); // an edge meanwhile
  struct event e = event_of(t, port);
  check(e.type == EVENT_INTERRUPT && e.key == 1);
  check(no_event(t, port));
  struct entry acknowledge = {.operation = OP_ACKNOWLEDGE, .handle = (u32)line};
  check_equal(submit(t, &acknowledge), 0);
  check_equal(event_of(t, port).type, EVENT_INTERRUPT); // told now
  check_equal(submit(t, &acknowledge), 0);
  check_equal(masked_lines[4], 0);
  check(no_event(t, port));
  sim_interrupt(63); // nobody's
  s64 message = sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, (u64)INTERRUPT_MSI);
  check_equal(sys(t, SYS_INTERRUPT_MESSAGE, (u64)message), 0xfee00000);
  // I/O ports do not overlap
  s64 com = sys(t, SYS_IO_PORTS_CREATE, (u64)ports, 0x2f8ull, 8ull);
  check(com > 0);
  check_equal(sys(t, SYS_IO_PORTS_CREATE, (u64)ports, 0x2ffull, 2ull), ERROR_BUSY);
  check_equal(sys(t, SYS_IO_PORTS_CREATE, (u64)ports, 0xffffull, 2ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_IO_READ, (u64)com, 0x2ffull, 2ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_IO_READ, (u64)com, 0x2f7ull, 1ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_IO_READ, (u64)com, ~0ull, 1ull), ERROR_BAD_ARGUMENT);
  check_equal(io_reads, 0);
  check_equal(sys(t, SYS_IO_WRITE, (u64)com, 0x2f9ull, 1ull, 0x55ull), 0);
  check_equal(sys(t, SYS_IO_READ, (u64)com, 0x2f9ull, 1ull), 0x55);
  // the end masks and releases the line, and frees the range
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  settle();
  check_equal(masked_lines[4], 1);
  s64 again = sys(init, SYS_INTERRUPT_CREATE, (u64)given[HANDLE_INTERRUPTS], 4ull);
  check(again > 0 && sys(init, SYS_HANDLE_CLOSE, (u64)again) == 0);
  again = sys(init, SYS_IO_PORTS_CREATE, (u64)given[HANDLE_IO], 0x2ffull, 2ull);
  check(again > 0 && sys(init, SYS_HANDLE_CLOSE, (u64)again) == 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(free_pages(), before);
}

void case_quarantine(u32 size) {
  machine_start(4000, 2);
  (void)size;
  u64 before = free_pages(), used = root_budget->used;
  u32 process, budget = budget_of(100 * PAGE);
  struct thread *t = child(budget, &process);
  s64 privilege = sys(init, SYS_HANDLE_DUPLICATE, (u64)given[HANDLE_DMA], 4095ull, 0x18ull);
  check_equal(sys(init, SYS_DMA_CREATE, (u64)given[HANDLE_DMA], 4096ull), ERROR_BAD_ARGUMENT);
  privilege = sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)privilege, 4095ull);
  s64 ring = sys(t, SYS_DMA_CREATE, (u64)privilege, 20000ull);
  check(ring > 0);
  check_equal(sys(t, SYS_MEMORY_INFO, (u64)ring), 5 * PAGE);
  u64 bus = t->second;
  check(bus && bus % PAGE == 0);
  check(sys(t, SYS_MEMORY_MAP, 0ull, (u64)ring, 0ull, 0ull, 5ull * PAGE, 3ull) > 0);
  check_equal(sys(t, SYS_DMA_RELEASE, (u64)privilege, 0x18ull), ERROR_NO_RIGHT);
  check_equal(sys(t, SYS_DMA_CREATE, (u64)privilege, 100ull * PAGE), ERROR_BUDGET_EMPTY);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  settle();
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(sys(init, SYS_BUDGET_INFO, (u64)budget), 100 * PAGE);
  check_equal(init->second, 0); // the root budget pays now
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)budget), 0);
  check_equal(quarantined_pages, 5);
  settle();
  check(root_budget->used >= used + 5 * PAGE);
  check_equal(sys(init, SYS_DMA_RELEASE, (u64)given[HANDLE_DMA], 0x19ull), 0);
  check_equal(quarantined_pages, 5);
  check_equal(sys(init, SYS_DMA_RELEASE, (u64)given[HANDLE_DMA], 0x18ull), 5);
  check_equal(sys(init, SYS_DMA_RELEASE, (u64)given[HANDLE_DMA], 0x18ull), 0);
  check_equal(quarantined_pages, 0);
  check_equal(free_pages(), before);
  check_equal(root_budget->used, used);
  // device memory: mapped as it is, never over the allocator's
  check_equal(
      sys(init, SYS_DEVICE_MEMORY_CREATE, (u64)given[HANDLE_DEVICES], 4096ull, 4096ull, 0ull),
      ERROR_BAD_ARGUMENT);
  s64 device =
      sys(init, SYS_DEVICE_MEMORY_CREATE, (u64)given[HANDLE_DEVICES], 0xfe000000ull, 8192ull, 0ull);
  s64 at = sys(init, SYS_MEMORY_MAP, 0ull, (u64)device, 0ull, 4096ull, 4096ull, 3ull);
  check_equal((u64)sim_translate(sim_id(init), (double)at, 3), 0xfe001000);
  check_equal(sys(init, SYS_MEMORY_CLONE, (u64)device, 0ull, 0ull, 4096ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(init, SYS_MEMORY_UNMAP, 0ull, (u64)at), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)device), 0);
}
