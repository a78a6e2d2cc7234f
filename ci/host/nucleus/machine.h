// A machine for host tests: the pure parts over sdk/sim's processor, with `init` and as many other
// processes as a test wants. Invariant: after settle() every thread that can run has a processor,
// as long as there are no more of them than processors; a test acts for the threads that run.
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H
#include "../../../sdk/sim/arch.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define check(condition)                                                                           \
  ((condition)                                                                                     \
       ? (void)0                                                                                   \
       : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), exit(1)))
#define check_equal(a, b) check_same((s64)(a), (s64)(b), #a, __FILE__, __LINE__)
void check_same(s64 got, s64 want, const char *what, const char *file, int line);
/// The nucleus panics when `action` runs.
#define check_panics(action)                                                                       \
  do {                                                                                             \
    panic_expected = true;                                                                         \
    if (!setjmp(panic_place)) {                                                                    \
      action;                                                                                      \
      check(!"no panic: " #action);                                                                \
    }                                                                                              \
    panic_expected = false;                                                                        \
  } while (0)
extern bool panic_expected, quiet;
extern jmp_buf panic_place;

extern u64 seed; // of random()
u32 random_below(u32 n);
extern const u8 *choices; // when set, random_below reads here, and 0 behind the end
extern size_t choices_left;

enum { HANDLE_BUDGET, HANDLE_FACTORY, HANDLE_INTERRUPTS, HANDLE_IO, HANDLE_DEVICES, HANDLE_DMA };
enum { HANDLE_LOG = 6, HANDLE_SYSTEM = 7, FIRST_HANDLES };
extern u32 given[FIRST_HANDLES]; // handles of init
extern struct thread *init;
extern u64 test_now;
extern u32 io_value, io_reads, masked_lines[64];

void machine_start(u32 pages, u32 cpus);
void settle(void); // deadlines, teardown, and a pick on each processor
void advance(u64 ns);
/// One system call of a running thread, slices and all; the other processors pick now and then.
s64 call(struct thread *t, u64 number, ...); // up to 6 u64, ended by END
#define END 0xeeeeeeeeeeeeull
#define sys(t, ...) call(t, __VA_ARGS__, END)

/// A child of init with one running thread. *handle: init's handle to it.
struct thread *child(u32 budget, u32 *handle);
u32 budget_of(u64 bytes); // a budget of init's under the root's
u64 free_pages(void);     // after settling and reclaiming

/// Submissions: put into the area one after the other, then submitted together.
struct entry {
  u16 operation;
  u32 handle, port;
  u64 cookie, deadline;
  const char *text;
  u32 handles, handle_number[LIMIT_MESSAGE_HANDLES], handle_rights[LIMIT_MESSAGE_HANDLES];
};
u32 entry_put(struct thread *t, u32 at, const struct entry *e); // returns the next place
s32 entry_status(struct thread *t, u32 at);
s32 submit(struct thread *t, const struct entry *e); // one alone, without waiting: its status

struct received {
  u32 size;
  u16 type, handles;
  s32 status;
  u32 reply;
  u64 key, badge;
  u32 length, reserved;
  u32 handle[LIMIT_MESSAGE_HANDLES];
  char text[LIMIT_MESSAGE_BYTES + 1];
};
/// Polls the port and takes exactly one event, which must be there (none: type 0).
struct received event_of(struct thread *t, u32 port);
bool no_event(struct thread *t, u32 port);
u32 port_of(struct thread *t);
struct channel {
  u32 a, b;
} channel_of(struct thread *t);

// The cases; main picks one by name.
#define CASES(X)                                                                                   \
  X(frames)                                                                                        \
  X(slab)                                                                                          \
  X(heap)                                                                                          \
  X(vault)                                                                                         \
  X(budget)                                                                                        \
  X(memory)                                                                                        \
  X(shares)                                                                                        \
  X(calls)                                                                                         \
  X(messages)                                                                                      \
  X(transfers)                                                                                     \
  X(chains)                                                                                        \
  X(orphans)                                                                                       \
  X(waits)                                                                                         \
  X(leaps)                                                                                         \
  X(restarts)                                                                                      \
  X(facts) X(interrupts) X(quarantine) X(kills) X(fairness) X(pinned) X(classes) X(raises) X(fuzz)
#define DECLARE_CASE(name) void case_##name(u32 size);
CASES(DECLARE_CASE)
#endif
