// System calls and messages as the benchmark's programs use them: no more than a thin stub in C.
#ifndef BENCH_SYSTEM_H
#define BENCH_SYSTEM_H
#include "../../../sdk/abi/abi.gen.h"
#include "samples.h"
#include <stddef.h>

#define NEVER (~0ull)
enum { MOST_HANDLES = LIMIT_MESSAGE_HANDLES };

#define body_of(head) ((u8 *)((head) + 1)) // behind a submission or an event

static inline s64 system_call(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 *second) {
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  s64 result = (s64)number;
  __asm__ volatile("syscall"
                   : "+a"(result), "+d"(c)
                   : "D"(a), "S"(b), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  *second = c;
  return result;
}
_Noreturn void fail(int line, s64 error);
/// A call that must not fail: ends the process with the line's number when it does.
static inline u64 must(int line, s64 result) {
  if (result < 0)
    fail(line, result);
  return (u64)result;
}
#define CALL(number, a, b, c, d, e, f)                                                             \
  ({                                                                                               \
    u64 second_;                                                                                   \
    must(__LINE__, system_call(number, a, b, c, d, e, f, &second_));                               \
  })

extern u8 *buffer; // of the first thread
static inline struct submission *submit_area(u8 *b) { return (void *)(b + LIMIT_SUBMIT_OFFSET); }
static inline struct event *event_area(u8 *b) {
  return (void *)(b + LIMIT_EVENT_OFFSET + sizeof(struct wait));
}

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
void spawner_begin(const u32 *first);
void log_begin(u32 handle);
void client(const struct task *s, u32 endpoint, u32 property);
void wait_end(u32 process, u32 port); // EXIT of a bound process
void process_cases(void);
void memory_cases(void);
void sched_cases(u32 cpus, u64 khz);
#endif
