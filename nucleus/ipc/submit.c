// A batch of submissions, in order and in slices of bounded work: t->progress is what is done,
// t->gathered counts the failed. An entry that fails does not stop the next; a malformed one does.
#include "submission.h"
#include <string.h>

enum { ENTRIES = 16, BYTES = 8192 }; // of one slice

s64 submit_batch(struct thread *t, u32 bytes, bool then_waits) {
  u64 slice = t->progress + BYTES;
  for (unsigned n = 0; t->progress < bytes; n++) {
    if (n == ENTRIES || t->progress >= slice)
      return RESTART;
    u8 *at = t->buffer + LIMIT_SUBMIT_OFFSET + t->progress;
    u32 left = bytes - (u32)t->progress;
    struct submission s = {0};
    memcpy(&s, at, left < sizeof s ? left : sizeof s);
    bool malformed = s.size < sizeof s || s.size % 8 || s.size > left;
    s32 status = ERROR_BAD_ARGUMENT;
    if (!malformed) {
      t->leaves = then_waits && s.size == left;
      status = submit_entry(t, &s, at + sizeof s);
      t->leaves = false;
      if ((status == ERROR_BUDGET_EMPTY || status == ERROR_NO_MEMORY) && object_drain(t))
        return RESTART; // what is dead still holds memory
      t->drains = 0;
    }
    if (left >= offsetof(struct submission, status) + 4)
      memcpy(at + offsetof(struct submission, status), &status, 4);
    t->gathered += status < 0;
    if (malformed)
      break;
    t->progress += s.size;
  }
  return 0;
}
