// One entry of the submit area as the nucleus reads it: once, into a private copy.
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

/// Checks an entry's payload and handles and makes a message that has neither moved nor copied a
/// handle yet. `not_this` may not travel in it.
struct message *message_build(struct thread *t, const struct submission *s, const u8 *body,
                              const struct object *not_this);
/// Moves and copies the handles into the message.
void message_commit(struct thread *t, struct message *m, unsigned handles);
#endif
