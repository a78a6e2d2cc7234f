// The heads of the last messages, in a page that outlives the process (sdk/runtime/recorder-page.ts
// says what is where). Invariant: an entry is whole before the count that covers it.
#include "native.h"

enum { ENTRIES = 127, RECEIVED = 16 };
struct recorder {
  u64 count, turn, runtime, unused;
  struct record {
    u64 time;
    u8 kind, handles;
    u16 length;
    u32 channel, word;
    s32 status;
    u32 cookie, trace;
  } records[ENTRIES];
};
_Static_assert(sizeof(struct recorder) == 4096, "one page");

static struct recorder *page;

void recorder_begin(u64 address, const void *runtime) {
  page = (struct recorder *)address;
  if (page)
    page->runtime = (u64)runtime;
}

// Submissions lie in memory as events do, but for `handle` where `status` is, and twice the room
// for handles.
void recorder_note(u64 time, const u8 *area, u64 bytes, int received) {
  for (u64 at = 0; page && at + sizeof(struct event) <= bytes;) {
    const struct event *e = (const void *)(area + at);
    u32 handles = received ? (4u * e->handles + 7) / 8 * 8 : 8u * e->handles, key = (u32)e->key;
    if (e->size < sizeof *e + handles || e->size > bytes - at)
      return;
    const u32 *words = (const u32 *)(e + 1) + handles / 4;
    // an id that is followed stands before the message (docs/wire.md)
    int traced = e->length >= 12 && words[0] == 1;
    if (received || e->type <= OP_REPLY)
      page->records[page->count++ % ENTRIES] =
          (struct record){time,
                          (u8)(e->type + RECEIVED * received),
                          (u8)e->handles,
                          (u16)e->length,
                          received ? key : (u32)e->status,
                          e->length >= 4 ? words[2 * traced] : 0,
                          received ? e->status : 0,
                          received && e->type == EVENT_CALL ? e->reply : key,
                          traced ? words[1] : 0};
    at += e->size;
  }
  if (page)
    page->turn = received ? time : 0;
}
