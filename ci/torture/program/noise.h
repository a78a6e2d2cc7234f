// Noise: seeded random system calls with random and with plausible arguments, and the handles that
// came out of them. Threads of one process share the handles without any order between them.
#ifndef TORTURE_NOISE_H
#define TORTURE_NOISE_H
#include "system.h"

enum { POOL = 64, ENDS = 8, REPLIES = 8, REGIONS = 16 };
struct noise {
  struct random random;
  u8 *buffer;    // of this thread
  u32 port;      // of this thread, 0 none
  u32 timer;     // bound to it, so that waiting without a deadline ends; 0 none
  bool wild;     // also arguments that can't work
  u64 violation; // what should not have succeeded: call number + 1
  u64 arguments[6];
  s64 result;
  u64 seen[16]; // events by type; 0: replies with status 0
};
/// Handles: of any kind, of endpoints, of calls to be answered.
extern volatile u32 pool[POOL], ends[ENDS], replies[REPLIES];
extern volatile u64 regions[REGIONS];
/// One call. Never blocks for more than a millisecond; never ends the thread or the process.
void noise_step(struct noise *n);
void noise_keep(struct noise *n, u32 handle);
#endif
