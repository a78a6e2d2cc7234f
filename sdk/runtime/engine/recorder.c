// The heads of the last messages, in a page that outlives the process (sdk/runtime/recorder-page.ts
// says what is where). Invariant: an entry is whole before the count that covers it.
#include "recorder.h"
#include "../../abi/abi.gen.h"
#include "native.h"
#include <stddef.h>
#include <string.h>

enum { ENTRIES = 127, RECEIVED = 16 };

struct record {
  u64 time;
  u8 kind, handles;
  u16 length;
  u32 channel, word;
  s32 status;
  u32 cookie, trace;
};
struct recorder {
  u64 count, turn, unused[2];
  struct record records[ENTRIES];
};
_Static_assert(sizeof(struct recorder) == 4096, "one page");

static struct recorder *page;
static u64 count;

void recorder_begin(u64 address) { page = (struct recorder *)address; }

static void add(u64 time, u8 kind, u32 handles, u32 length, u32 channel, const u8 *payload,
                s32 status, u32 cookie) {
  struct record *r = &page->records[count % ENTRIES];
  u32 words[2] = {0, 0};
  memcpy(words, payload, length < 8 ? length & 4 : 8);
  // what an id that is followed stands before (docs/wire.md)
  int traced = words[0] == 1 && length >= 12;
  *r = (struct record){time, kind, (u8)handles, (u16)length, channel, words[0], status, cookie, 0};
  if (traced) {
    r->trace = words[1];
    memcpy(&r->word, payload + 8, 4);
  }
  __atomic_store_n(&page->count, ++count, __ATOMIC_RELEASE);
}

void recorder_submitted(u64 time, const u8 *area, u64 bytes) {
  if (!page)
    return;
  for (u64 at = 0; at + sizeof(struct submission) <= bytes;) {
    struct submission s;
    memcpy(&s, area + at, sizeof s);
    u32 payload = (u32)sizeof s + 8 * s.handles;
    if (s.size < payload || s.length > s.size - payload || s.size > bytes - at)
      return;
    if (s.operation <= OP_REPLY)
      add(time, (u8)s.operation, s.handles, s.length, s.handle, area + at + payload, 0,
          (u32)s.cookie);
    at += s.size;
  }
  page->turn = 0;
}

void recorder_received(u64 time, const u8 *area, u64 bytes) {
  if (!page)
    return;
  for (u64 at = 0; at + sizeof(struct event) <= bytes;) {
    struct event e;
    memcpy(&e, area + at, sizeof e);
    u32 payload = (u32)sizeof e + (4u * e.handles + 7) / 8 * 8;
    u8 kind = (u8)(RECEIVED + e.type);
    if (e.size < payload || e.length > e.size - payload || e.size > bytes - at)
      return;
    add(time, kind, e.handles, e.length, (u32)e.key, area + at + payload, e.status,
        e.type == EVENT_REPLY ? (u32)e.key : e.reply);
    at += e.size;
  }
  page->turn = time;
}
