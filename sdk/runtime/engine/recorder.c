// The heads of the last messages of each channel, in memory that outlives the process
// (sdk/runtime/recorder-page.ts says what is where). Invariant: an entry is whole before the count
// that covers it.
#include "native.h"

enum { HEADS = 64, RINGS = 248, KNOWN = 1024, RECEIVED = 16 };
struct recorder {
  u64 turn, runtime;
  u32 rings, given, unused[2];
  struct ring {
    u32 handle, count;
    u16 slot, before;
    u32 next;
  } ring[RINGS];
  _Alignas(4096) struct record {
    u64 time;
    u8 kind, handles;
    u16 length;
    u32 channel, word;
    s32 status;
    u32 cookie, trace;
  } records[RINGS][HEADS];
};

static struct recorder *page;
// Slots of the loop by the names of what belongs to them: handles of channels and of replies, and
// cookies, inverted. Who loses its place to another one is not known any more.
static struct { u32 name, slot; } known[KNOWN];

static void know(u32 name, u64 slot) {
  known[name % KNOWN].name = name;
  known[name % KNOWN].slot = (u16)slot;
}

static u32 slot_of(u32 name) {
  return known[name % KNOWN].name == name ? known[name % KNOWN].slot : 0;
}

static struct ring *ring_of(u32 slot) {
  u32 half = page->rings / 2;
  return &page->ring[slot < 2 * half ? slot : half + slot % half];
}

void recorder_begin(u64 address, const void *runtime) {
  page = (struct recorder *)address;
  if (page)
    page->runtime = (u64)runtime;
}

void recorder_bind(u32 handle, u64 slot) {
  struct ring *ring = page && slot ? ring_of((u16)slot) : 0;
  if (ring && ring->handle != handle)
    ring->next = handle;
  know(handle, slot);
}

/// The ring of a channel, which from now on is its own.
static struct ring *take(u32 slot) {
  struct ring *ring = ring_of(slot);
  u32 next = slot_of(ring->next) == slot ? ring->next : 0, other = ring->slot ^ slot && ring->count;
  if (ring->slot != slot || next) {
    page->given += other;
    *ring = (struct ring){.handle = next, .slot = (u16)slot, .before = other ? ring->slot : 0};
  }
  return ring;
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
    u32 cookie = received && e->type == EVENT_CALL ? e->reply : key;
    u32 slot = !received ? slot_of((u32)e->status) : e->type == EVENT_REPLY ? slot_of(~key) : key;
    if (e->type == EVENT_CALL) // or OP_CALL, which is the same number
      know(received ? cookie : ~cookie, slot);
    if (received || e->type <= OP_REPLY) {
      struct ring *ring = take((u16)slot);
      page->records[ring - page->ring][ring->count % HEADS] =
          (struct record){time,
                          (u8)(e->type + RECEIVED * received),
                          (u8)e->handles,
                          (u16)e->length,
                          received ? key : (u32)e->status,
                          e->length >= 4 ? words[2 * traced] : 0,
                          received ? e->status : 0,
                          cookie,
                          traced ? words[1] : 0};
      ring->count++;
    }
    at += e->size;
  }
  if (page)
    page->turn = received ? time : 0;
}
