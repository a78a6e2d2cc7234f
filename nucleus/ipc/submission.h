// One entry of the submit area as the nucleus reads it, once, into a private copy; and one event as
// it writes it.
#ifndef NUCLEUS_SUBMISSION_H
#define NUCLEUS_SUBMISSION_H
#include "../nucleus.h"

struct submission {
  u32 size;
  u16 operation, handles;
  u32 handle;
  s32 status;
  u64 cookie, deadline;
  u32 length, port;
};
_Static_assert(sizeof(struct submission) == AT_SUBMISSION_HEADER &&
                   offsetof(struct submission, cookie) == AT_SUBMISSION_COOKIE &&
                   offsetof(struct submission, port) == AT_SUBMISSION_PORT,
               "layouts.submission");

/// layouts.event, at its offsets.
struct event {
  u32 size;
  u16 type, handles;
  s32 status;
  u32 reply;
  u64 key, badge;
  u32 length, reserved;
};
_Static_assert(sizeof(struct event) == AT_EVENT_HEADER &&
                   offsetof(struct event, key) == AT_EVENT_KEY &&
                   offsetof(struct event, length) == AT_EVENT_LENGTH,
               "layouts.event");

static inline u32 event_bytes(u32 handles, u32 length) {
  return AT_EVENT_HEADER + (((handles * 4 + 7) & ~7u) + ((length + 7) & ~7u));
}

/// Checks an entry's payload and handles and makes a message that has neither moved nor copied a
/// handle yet. `not_this` may not travel in it.
struct message *message_build(struct thread *t, const struct submission *s, const u8 *body,
                              const struct object *not_this);
/// Moves and copies the handles into the message.
void message_commit(struct thread *t, struct message *m, unsigned handles);
/// A call that `t` makes, in no queue yet: one handle of it counts already. 0: failure.
struct call *call_create(struct thread *t, struct port *port, u64 cookie);
/// The wait of a thread begins; ends with that many bytes of events.
void wait_begin(struct thread *t, struct port *p, u64 until);
void wait_end(struct thread *t, u32 bytes);
#endif
