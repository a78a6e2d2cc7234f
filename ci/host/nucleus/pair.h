// A client and a server, two children of init with a channel between them.
#ifndef HOST_PAIR_H
#define HOST_PAIR_H
#include "machine.h"

extern u32 client_process, server_process, to_server, server_end, client_port, server_port;
extern struct thread *client, *server;
void pair(void);
void kill_one(u32 process);                     // and closes init's handle to it
u64 pair_pages(void);                           // free pages after a cycle: the baseline
void part(u64 pages);                           // ends both; everything must have come back
struct entry call_to(u64 cookie, u64 deadline); // a call of the client
#endif
