// A native thread of a server: a kernel's step between two waits (sdk/runtime/native-thread.ts says
// what lies where). Invariant: nothing of it touches JavaScript; what the kernel sees of messages
// is a copy in memory that it reaches.
#include "../../abi/abi.gen.h"
#include "native.h"
#include <string.h>

// Words of the plan, and of the area's first page (a test compares both with native-layout.ts).
enum { ENTRY, BLOCK, AREA, PORT, COUNT, LETTERS, ARGUMENTS };
enum { DEADLINE, END, CALLS, CALL, LAST = 128, LAST_BYTES = 48, VALUES = 16 };

void native_thread(u8 *buffer, const u64 *plan) {
  u64 *e = (u64 *)plan[BLOCK], *order = (u64 *)plan[AREA], second;
  u8 *submit = (u8 *)order + LIMIT_SUBMIT_OFFSET, *events = (u8 *)order + LIMIT_EVENT_OFFSET;
  for (i64 bytes = 0;;) {
    i64 got = call3(SYS_SUBMIT_WAIT, order[END] ? 0 : plan[PORT], (u64)bytes, order[DEADLINE]);
    if (got < 0 || order[END])
      call0(SYS_THREAD_EXIT);
    memcpy(submit, buffer + LIMIT_SUBMIT_OFFSET, (u64)bytes);
    memcpy(events, buffer + LIMIT_EVENT_OFFSET, sizeof(struct wait) + (u64)got);
    do {
      memcpy(e + VALUES, plan + ARGUMENTS, 8 * plan[COUNT]);
      __builtin_ia32_mfence();
      bytes = ((int (*)(u64 *))plan[ENTRY])(e) ? -2 : (i64)(int)e[VALUES];
      if (bytes == -2) { // a trap: the last words
        memcpy(submit, order + LAST, LAST_BYTES);
        order[END] = bytes = LAST_BYTES;
      }
      for (u64 *c = order + CALL; order[CALLS]; order[CALLS]--, c += 7)
        if (c[0] < SYS_COUNT)
          c[0] = (u64)system_call(c + 1, c[0], &second);
        else
          *(volatile u16 *)c[1] = (u16)c[2];
    } while (bytes < 0);
    memcpy(buffer + LIMIT_SUBMIT_OFFSET, submit, (u64)bytes);
  }
}
