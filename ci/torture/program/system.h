// System calls, messages and children as the torture program uses them. It stands in the engine's
// place: the first process runs the cases, every child is the same program with the role that its
// START names.
#ifndef TORTURE_SYSTEM_H
#define TORTURE_SYSTEM_H
#include "../../native/program.h"

_Noreturn void exit_process(s32 code);
static inline u64 now(void) { return (u64)TRY(SYS_CLOCK, 0, 0, 0, 0, 0, 0); }
/// Two connected endpoints.
void channel(u32 out[2]);
u32 new_port(void);
/// One message without payload; the status of the submission.
s32 send(u8 *b, u32 endpoint, const u32 *handles, u16 count);

// --- random numbers: xorshift64*, one state a thread
struct random {
  u64 state;
};
static inline u64 random_u64(struct random *r) {
  r->state ^= r->state >> 12;
  r->state ^= r->state << 25;
  r->state ^= r->state >> 27;
  return r->state * 0x2545f4914f6cdd1dull;
}
static inline u32 below(struct random *r, u32 n) { return (u32)((random_u64(r) >> 32) * n >> 32); }
static inline struct random random_from(u64 seed) {
  struct random r = {(seed + 1) * 0x9e3779b97f4a7c15ull};
  random_u64(&r);
  return r;
}

// --- children
enum role {
  ROLE_NONE,
  ROLE_HOSTILE,
  ROLE_FAULT,
  ROLE_NEIGHBOUR,
  ROLE_HOG,
  ROLE_STORM,
  ROLE_VICTIM,
  ROLE_SHOOTDOWN,
  ROLE_REGISTERS,
  ROLE_REVOKED,
  ROLE_SHARER,
  ROLES
};
/// What a child's START carries. Its board (one page shared with its maker) lies at ADDRESS_SHARED.
struct task {
  u32 magic, role;
  u64 argument[4];
};
struct plan {
  const char *name;
  u32 role, weight; // weight 0: 100
  u64 argument[4];
  u64 budget;         // bytes; 0: 4 MiB
  const u32 *handles; // moved into it
  u16 count;
  u64 key; // of its EXIT event
};
extern u32 exit_port; // of the first process: EXIT events of all children
extern u32 cpus;
/// The board of a child: its own of some, so that all of a case can be told apart.
enum { BOARDS = 160 };
extern volatile u64 *boards[BOARDS]; // 512 words each
#define BOARD ((volatile u64 *)ADDRESS_SHARED)

/// Makes and starts a child with boards[board] mapped; its process handle.
u32 spawn(const struct plan *p, u32 board);
/// The same, but not started yet; entry point and stack for process_start come out.
u32 prepare(const struct plan *p, u32 board);
void launch(u32 process, const struct plan *p);
/// The next EXIT event: its key; the child's handle is the caller's to close.
u64 next_exit(struct exit_report *r);
/// Kills and waits for one child, closes its handle.
void kill_child(u32 process, u64 key);
void spawner_begin(const u32 *handles);
u64 program_pages(void); // free pages after RECLAIM
u32 process_count(void);
/// A thread with a stack of its own out of a fixed set; waits for nothing. pin: 0 or processor + 1.
void thread(void (*entry)(u8 *buffer, u64 argument), u64 argument, u32 pin);

// --- what children do
void hostile_child(const struct task *s);
void fault_child(const struct task *s);
void neighbour_child(const struct task *s);
void hog_child(const struct task *s);
void storm_child(const struct task *s, const u32 *handles, u32 count);
void revoke_child(const struct task *s, const u32 *handles, u32 count);
void victim_child(const struct task *s);
void shootdown_child(const struct task *s);
void registers_child(const struct task *s);
void share_child(const struct task *s);

// --- cases of the first process; each gives back what it took, and says what went wrong by `fail`
struct campaign {
  u64 seed;
  u32 scale; // 0 to warm up; 1 and 2 in the small size
};
typedef void run_case(const struct campaign *c);
run_case hostile_case, faults_case, hogs_case, storm_case, kills_case, shootdown_case,
    registers_case, revoke_case, seal_case, share_case;

// --- report: TAP on the debug log
void report_begin(u32 log);
void say(const char *format, ...); // %s, %u (u64), %x (u64), %d (s64); one line
void fail(const char *format, ...);
bool case_failed(void); // since the last question
#endif
