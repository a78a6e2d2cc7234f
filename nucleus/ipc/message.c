// Messages on their way: payload and handles, charged to the sender until received. Building one
// checks everything and moves nothing; only commit moves the handles, and cannot fail.
#include "submission.h"
#include <string.h>

void message_drop(struct message *m) {
  list_remove(&m->link);
  for (unsigned i = 0; i < m->handles; i++) {
    endpoint_flies(m->handle[i].object, false);
    slot_close(m->handle[i]);
  }
  if (m->call)
    object_release_handle(&m->call->object);
  struct budget *payer = m->payer;
  if (m->page)
    charged_frame_free(payer, m->page, 0);
  charged_free(payer, m, m->block);
  object_release(&payer->object);
}

/// Looks up the i-th handle to travel into its slot; 0, or why it may not. `wish` is what the
/// sender wrote: number, and rights with TRANSFER_COPY.
static s32 pick(struct thread *t, struct slot *to, u32 wish[][2], unsigned i,
                const struct object *not_this) {
  bool copy = wish[i][1] & TRANSFER_COPY;
  struct slot *from =
      vault_find(t->process->vault, wish[i][0], 0, copy ? RIGHT_DUPLICATE : RIGHT_TRANSFER);
  if (!from)
    return failure;
  for (unsigned j = 0; j < i; j++)
    if (wish[j][0] == wish[i][0] && (!copy || !(wish[j][1] & TRANSFER_COPY)))
      return ERROR_BAD_HANDLE; // moved, and named once more
  if (from->object == not_this)
    return ERROR_BAD_ARGUMENT; // it would hold itself alive
  if (process_unborn(from->object))
    return ERROR_BAD_STATE;
  *to = *from;
  to->rights &= (u16)wish[i][1];
  to->generation = copy ? 0 : wish[i][0]; // until commit: what to remove
  return 0;
}

struct message *message_build(struct thread *t, const struct submission *s, const u8 *body,
                              const struct object *not_this) {
  u32 wish[LIMIT_MESSAGE_HANDLES][2];
  failure = ERROR_TOO_LARGE;
  if (s->handles > LIMIT_MESSAGE_HANDLES || s->length > LIMIT_MESSAGE_BYTES)
    return 0;
  failure = ERROR_BAD_ARGUMENT;
  if (s->handles * 8u + s->length > s->size - sizeof(struct submission))
    return 0;
  memcpy(wish, body, s->handles * 8u);
  size_t block = sizeof(struct message) + s->handles * sizeof(struct slot);
  bool apart = block + s->length > SLAB_LARGEST;
  struct budget *payer = t->process->budget;
  block += apart ? 0 : s->length;
  struct message *m = charged_allocate(payer, block);
  if (!m)
    return 0;
  list_init(&m->link);
  m->payer = payer;
  object_hold(&payer->object);
  m->block = (u16)block;
  m->length = s->length;
  m->page = apart ? charged_frame(payer, 0) : 0;
  m->payload = m->page ? arch_frame_address(m->page) : (u8 *)(m->handle + s->handles);
  s32 error = apart && !m->page ? failure : 0;
  for (unsigned i = 0; !error && i < s->handles; i++)
    error = pick(t, &m->handle[i], wish, i, not_this);
  if (!error) {
    memcpy(m->payload, body + s->handles * 8u, s->length);
    return m;
  }
  message_drop(m); // it holds no handle yet
  failure = error;
  return 0;
}

void message_commit(struct thread *t, struct message *m, unsigned handles) {
  for (unsigned i = 0; i < handles; i++) {
    endpoint_flies(m->handle[i].object, true);
    if (m->handle[i].generation)
      vault_remove(t->process->vault, m->handle[i].generation);
    else {
      object_hold_handle(m->handle[i].object);
      delegation_hold(m->handle[i].delegation);
    }
  }
  m->handles = (u16)handles;
}
