// The fixture of the cases about channels.
#include "pair.h"

u32 client_process, server_process, to_server, server_end, client_port, server_port;
struct thread *client, *server;

void pair(void) {
  client = child(given[HANDLE_BUDGET], &client_process);
  server = child(given[HANDLE_BUDGET], &server_process);
  struct channel c = channel_of(init);
  to_server = (u32)sys(init, SYS_HANDLE_GIVE, (u64)client_process, (u64)c.a, (u64)RIGHT_ALL);
  server_end = (u32)sys(init, SYS_HANDLE_GIVE, (u64)server_process, (u64)c.b, (u64)RIGHT_ALL);
  client_port = port_of(client);
  server_port = port_of(server);
  check_equal(sys(server, SYS_BIND, (u64)server_end, (u64)server_port, 7ull), 0);
}

void kill_one(u32 process) {
  struct process *p = checked(init, process, KIND_PROCESS, 0);
  if (p->state < PROCESS_ENDING)
    check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 9ull), 0);
  settle();
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
}

void part(u64 pages) {
  kill_one(client_process);
  kill_one(server_process);
  check_equal(free_pages(), pages);
}

struct entry call_to(u64 cookie, u64 deadline) {
  return (struct entry){OP_CALL, to_server, client_port, cookie, deadline, "question", 0, {0}, {0}};
}

u64 pair_pages(void) {
  pair();
  kill_one(client_process);
  kill_one(server_process);
  return free_pages();
}
