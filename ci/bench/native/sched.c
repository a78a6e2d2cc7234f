// Fair shares and wake-ups: processes that only compute, two for each processor, and one that waits
// for times. Run times are the nucleus's own (process_info), in guest time.
#include "system.h"
#include <string.h>

enum { MOST_HOGS = 64, WAKES = 101 };
#define MILLISECOND 1000000ull

static u64 run_time(u32 process) {
  u64 time;
  CALL(SYS_PROCESS_INFO, process, 0, 0, 0, 0, 0);
  memcpy(&time, buffer + LIMIT_SCRATCH_OFFSET + offsetof(struct process_info, cpu_time), 8);
  return time;
}

static u64 now(void) { return CALL(SYS_CLOCK, 0, 0, 0, 0, 0, 0); }

/// Jain's index of the shares (Jain, Chiu, Hawe 1984), in millionths.
static u64 jain(const u64 *share, u32 n) {
  u64 sum = 0, squares = 0;
  for (u32 i = 0; i < n; i++) {
    u64 s = share[i] / 10000; // of 10 microseconds, so that the squares fit
    sum += s;
    squares += s * s;
  }
  return sum * sum * 1000000 / (n * squares);
}

void sched_cases(u32 cpus, u64 khz) {
  static u32 hog[MOST_HOGS];
  static u64 share[MOST_HOGS];
  u32 n = 2 * cpus + 1, port = (u32)CALL(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
  for (u32 i = 0; i < n; i++)
    hog[i] = spawn("hog", &(struct task){.role = ROLE_HOG}, 0, 0, 0);
  submit_wait(port, 0, now() + 50 * MILLISECOND);
  for (u32 i = 0; i < n; i++)
    share[i] = run_time(hog[i]);
  for (u32 i = 0; i < WAKES; i++) { // this process is the interactive one
    u64 at = now() + 4 * MILLISECOND;
    submit_wait(port, 0, at);
    samples[i] = (now() - at) * khz / 1000000;
  }
  submit_wait(port, 0, now() + 400 * MILLISECOND);
  for (u32 i = 0; i < n; i++)
    share[i] = run_time(hog[i]) - share[i];
  report("wake", WAKES);
  samples[0] = samples[WAKES - 1];
  report("wake.most", 1);
  samples[0] = jain(share, n);
  report("jain", 1);
}
