// Messages, transfers, orphans, waits.
#include "pair.h"

void case_messages(u32 size) {
  machine_start(4000, 4);
  u64 pages = pair_pages();
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
  memcpy(&queued, server->buffer + offsetof(struct process_info, queued), 4);
  check_equal(queued, LIMIT_QUEUE_DEPTH + 1);
  check_equal(sys(client, SYS_HANDLE_CLOSE, (u64)to_server), 0);
  s64 bytes = sys(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, 0ull);
  u32 seen = 0;
  for (bool closed = false; bytes;
       bytes = sys(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, 0ull))
    for (u32 at = 0; at < bytes;) {
      const u8 *e = server->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait) + at;
      u16 type = *(const u16 *)(e + offsetof(struct event, type));
      check(!closed);
      if (seen < LIMIT_QUEUE_DEPTH)
        check(type == EVENT_MESSAGE && e[sizeof(struct event)] == '0' + seen);
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
  check_equal(*(u32 *)(client->buffer + LIMIT_EVENT_OFFSET + offsetof(struct wait, failed)), 1);
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
    struct received e = event_of(server, server_port);
    check(e.length == length && !memcmp(e.text, big, length));
  }
  part(pages);
}

void case_transfers(u32 size) {
  machine_start(4000, 4);
  u64 pages = pair_pages();
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
  struct received e = event_of(server, server_port);
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
  // rights of the call itself
  s64 mute = sys(client, SYS_HANDLE_DUPLICATE, (u64)to_server, (u64)RIGHT_RECEIVE, 0ull);
  check_equal(submit(client, &(struct entry){.operation = OP_SEND, .handle = (u32)mute}),
              ERROR_NO_RIGHT);
  check_equal(sys(client, SYS_BIND, (u64)mute, (u64)client_port, 0ull), ERROR_NO_RIGHT);
  part(pages);
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

/// Endpoints that wait in each other's queues are out of reach, and found; those that somebody can
/// still receive are kept.
void case_orphans(u32 size) {
  enum { RING = 5 };
  machine_start(8000, 4);
  u64 before = 0;
  for (u32 round = 0; round < size; round++) {
    u32 process;
    struct thread *t = child(given[HANDLE_BUDGET], &process);
    struct channel c[RING], kept = channel_of(init), deep = channel_of(init);
    for (u32 i = 0; i < RING; i++)
      c[i] = channel_of(t);
    for (u32 i = 0; i < RING; i++) { // the b of each into the queue of the next b
      struct entry e = {.operation = OP_SEND, .handle = c[(i + 1) % RING].a, .handles = 1};
      e.handle_number[0] = c[i].b;
      e.handle_rights[0] = RIGHT_ALL;
      check_equal(submit(t, &e), 0);
    }
    // init keeps kept.a; kept.b waits in deep.b's queue, and deep.b in kept.b's: both within reach
    // of nobody but through what init can receive itself
    struct entry in = {.operation = OP_SEND, .handle = deep.a, .handles = 1};
    in.handle_number[0] = kept.b;
    in.handle_rights[0] = RIGHT_ALL;
    check_equal(submit(init, &in), 0);
    in.handle = kept.a;
    in.text = "still there";
    in.handles = 0;
    check_equal(submit(init, &in), 0);
    check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
    settle();
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
    u64 now = free_pages();
    u32 port = port_of(init);
    check_equal(sys(init, SYS_BIND, (u64)deep.b, (u64)port, 1ull), 0);
    struct received e = event_of(init, port);
    check(e.handles == 1 && e.handle[0]);
    check_equal(sys(init, SYS_BIND, (u64)e.handle[0], (u64)port, 2ull), 0);
    check(!strcmp(event_of(init, port).text, "still there"));
    u32 own[] = {deep.a, deep.b, kept.a, e.handle[0], port};
    for (u32 i = 0; i < 5; i++)
      check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)own[i]), 0);
    u64 after = free_pages();
    check(!before || after == before);
    check(now <= after);
    before = after;
  }
  // one end in the other's queue and the other way round
  for (u32 i = 0; i < size; i++) {
    struct channel c = channel_of(init);
    struct entry e = {.operation = OP_SEND, .handle = c.a, .handles = 1};
    s64 copy = sys(init, SYS_HANDLE_DUPLICATE, (u64)c.a, 4095ull, 0ull);
    e.handle_rights[0] = RIGHT_ALL;
    for (u32 k = 0; k < 30; k++) { // behind others that hold nothing
      e.handles = k == 20;
      e.handle_number[0] = c.b;
      check_equal(submit(init, &e), 0);
    }
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)copy), 0);
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)c.a), 0);
  }
  check_equal(free_pages(), before);
  // an endpoint that only its own queue holds is within reach of whoever has waited at its port
  u32 port = port_of(init);
  for (u32 i = 0; i < size; i++) {
    struct channel c = channel_of(init);
    check(no_event(init, port));
    check_equal(sys(init, SYS_BIND, (u64)c.b, (u64)port, 3ull), 0);
    struct entry e = {.operation = OP_SEND, .handle = c.a, .handles = 1};
    e.handle_number[0] = c.b;
    e.handle_rights[0] = RIGHT_ALL;
    check_equal(submit(init, &e), 0);
    free_pages(); // looks for orphans
    struct received got = event_of(init, port);
    check(got.type == EVENT_MESSAGE && got.handles == 1 && got.handle[0]);
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)got.handle[0]), 0);
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)c.a), 0);
  }
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)port), 0);
  // and of nobody when that process has ended, though the port waits in the queue, too
  for (u32 i = 0; i < size; i++) {
    u32 process;
    struct thread *t = child(given[HANDLE_BUDGET], &process);
    struct channel c = channel_of(t);
    u32 its = port_of(t);
    check(no_event(t, its));
    struct entry e = {.operation = OP_SEND, .handle = c.a, .handles = 2};
    e.handle_number[0] = c.b, e.handle_number[1] = its;
    e.handle_rights[0] = e.handle_rights[1] = RIGHT_ALL;
    check_equal(sys(t, SYS_BIND, (u64)c.b, (u64)its, 3ull), 0);
    check_equal(submit(t, &e), 0);
    check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
    check_equal(free_pages(), before);
  }
}

void case_waits(u32 size) {
  machine_start(4000, 4);
  u64 pages = pair_pages();
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
  check_equal(server->result, sizeof(struct event));
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
  check_equal(got->result, 2 * sizeof(struct event));
  struct thread *other = got == second ? server : second;
  check_equal(submit(client, &two_sends), 0);
  check_equal(other->state, THREAD_RUNNING);
  check_equal(other->result, sizeof(struct event));
  // more than one collection holds: who takes the first part sends another processor for the rest
  call(second, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  call(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  settle();
  u32 many = 0, first_cpu = client->cpu;
  second->cpu = server->cpu; // both would like the same
  for (u32 i = 0; i < 60; i++)
    many = entry_put(client, many, &two_sends);
  check_equal(sys(client, SYS_SUBMIT_WAIT, 0ull, (u64)many, 0ull), 0);
  for (u32 i = 0; i < arch_cpus(); i++)
    if (i != client->cpu && sim_kicked(i))
      first_cpu = i;
  check(first_cpu != client->cpu && sim_pick(first_cpu));
  u32 kicked = 0;
  for (u32 i = 0; i < arch_cpus(); i++)
    kicked += i != first_cpu && sim_kicked(i);
  check_equal(kicked, 1);
  settle();
  check(second->state == THREAD_RUNNING && server->state == THREAD_RUNNING);
  check_equal(second->result + server->result, 60 * sizeof(struct event));
  call(second, SYS_THREAD_EXIT, END);
  settle();
  check_equal(server->process->thread_count, 1);
  // the batch moves away the very port that the call is to wait on
  u32 gone = port_of(client);
  struct entry away = {.operation = OP_SEND, .handle = to_server, .handles = 1};
  away.handle_number[0] = gone;
  away.handle_rights[0] = RIGHT_ALL;
  u32 moved = entry_put(client, 0, &away);
  call(client, SYS_SUBMIT_WAIT, (u64)gone, (u64)moved, test_now + 10, END);
  check_equal(sys(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, 0ull),
              sizeof(struct event) + 8); // and the receiver drops it
  u32 received;
  memcpy(&received,
         server->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait) + sizeof(struct event), 4);
  check_equal(sys(server, SYS_HANDLE_CLOSE, (u64)received), 0);
  settle();
  advance(10);
  check_equal(client->result, 0);
  // the direct switch: a call to a waiting receiver as the last submission, then waiting; deadlines
  // beyond the quantum end call and wait all the same
  const u64 second_long = 1000000000;
  call(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  settle();
  struct entry late = call_to(5, test_now + second_long);
  u32 length = entry_put(client, 0, &late), at_cpu = client->cpu;
  call(client, SYS_SUBMIT_WAIT, (u64)client_port, (u64)length, test_now + 3 * second_long, END);
  check_equal(client->state, THREAD_WAITING);
  check(sim_pick(at_cpu) == sim_id(server));
  settle();
  advance(second_long);
  check_equal(client->state, THREAD_RUNNING);
  const struct event *ended =
      (const void *)(client->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait));
  check(ended->type == EVENT_REPLY && ended->key == 5 && ended->status == ERROR_TIMED_OUT);
  const struct event *asked =
      (const void *)(server->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait));
  check_equal(sys(server, SYS_HANDLE_CLOSE, (u64)asked->reply), 0);
  call(server, SYS_SUBMIT_WAIT, (u64)server_port, 0ull, NEVER, END);
  settle();
  length = entry_put(client, 0, &(struct entry){.operation = OP_SEND, .handle = to_server});
  call(client, SYS_SUBMIT_WAIT, (u64)client_port, (u64)length, test_now + 3 * second_long, END);
  check_equal(client->state, THREAD_WAITING);
  settle();
  check_equal(server->state, THREAD_RUNNING);
  advance(3 * second_long);
  check(client->state == THREAD_RUNNING && client->result == 0);
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
  struct received e = event_of(init, port);
  check(e.type == EVENT_EXIT && e.key == 12 && e.length == sizeof(struct exit_report));
  check_equal(*(u32 *)(e.text + offsetof(struct exit_report, reason)), ENDED_FAULT);
  check_equal(*(u32 *)(e.text + offsetof(struct exit_report, vector)), 14);
  check_equal(*(u64 *)(e.text + offsetof(struct exit_report, address)), 0x1234);
  check_equal(client->state, THREAD_RUNNING); // its call ended
  call(client, SYS_PROCESS_EXIT, (u64)-3, END);
  settle();
  e = event_of(init, port);
  check(e.type == EVENT_EXIT && e.key == 11 && e.status == -3);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)client_process, 0ull), ERROR_BAD_STATE);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)port), 0);
  part(pages);
}
