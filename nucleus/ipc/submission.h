// What the files of ipc/ offer each other. An entry of the submit area is read once, into a private
// copy.
#ifndef NUCLEUS_SUBMISSION_H
#define NUCLEUS_SUBMISSION_H
#include "../nucleus.h"

static inline u32 event_bytes(u32 handles, u32 length) {
  return sizeof(struct event) + (((handles * 4 + 7) & ~7u) + ((length + 7) & ~7u));
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
