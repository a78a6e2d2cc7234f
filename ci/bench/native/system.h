// System calls and messages as the benchmark's programs use them: no more than a thin stub in C.
#ifndef BENCH_SYSTEM_H
#define BENCH_SYSTEM_H
#include "../../native/program.h"
#include "samples.h"

enum { MOST_HANDLES = LIMIT_MESSAGE_HANDLES };

/// submit_wait: bytes of events.
static inline u64 submit_wait(u32 port, u64 bytes, u64 deadline) {
  return CALL(SYS_SUBMIT_WAIT, port, bytes, deadline, 0, 0, 0);
}
/// A call through an endpoint and the wait for its reply; handles and payload lie in the submit
/// area already.
void call(u8 *b, u32 endpoint, u32 port, u16 handles, u32 length);
/// Sends a message without payload and waits for an event.
void notify(u8 *b, u32 endpoint, u32 port);
/// Answers calls with what they carry and messages with messages, until the channel closes.
void echo(u8 *b, u32 endpoint);
u32 port_for(u32 source); // a new port, with the source bound to it

// --- processes
enum { ROLE_FIRST, ROLE_ECHO = 100, ROLE_CLIENT, ROLE_FAULT, ROLE_EXIT, ROLE_HOG };
/// START of the programs made by the first process; the first has the nucleus's own.
struct task {
  u32 role, pin; // pin: processor + 1 of the thread that does the work, 0 any
  u32 across;    // the other side runs on another processor
  u64 page;      // address of the page that it shares with its maker
};
/// Makes a process of this program with a budget of its own and starts it. Handles are moved;
/// number 0 of them: the process's handle, which gets EXIT on `port`.
u32 spawn(const char *name, const struct task *s, const u32 *handles, u16 count, u32 page_handle);
void log_begin(u32 handle);
void client(const struct task *s, u32 endpoint, u32 property);
void wait_end(u32 process, u32 port); // EXIT of a bound process
void process_cases(void);
void memory_cases(void);
void interrupt_case(u32 ports_privilege, u32 interrupt_privilege);
void sched_cases(u32 cpus, u64 khz);
#endif
