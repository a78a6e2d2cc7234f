// Messages on their way: payload and handles, charged to the sender until received. Building one
// checks everything and moves nothing; only commit moves the handles, and cannot fail.
#include "submission.h"
#include <string.h>

void message_drop(struct message *m) {
  list_remove(&m->link);
  for (unsigned i = 0; i < m->handles; i++)
    object_release_handle(m->handle[i].object);
  if (m->call)
    object_release_handle(&m->call->object);
  struct budget *payer = m->payer;
  if (m->page)
    charged_frame_free(payer, m->page, 0);
  charged_free(payer, m, m->block);
  object_release(&payer->object);
}

struct message *message_build(struct thread *t, const struct submission *s, const u8 *body,
                              const struct object *not_this, s32 *status) {
  u32 wish[LIMIT_MESSAGE_HANDLES][2];
  int error = 0;
  if (s->handles > LIMIT_MESSAGE_HANDLES || s->length > LIMIT_MESSAGE_BYTES) {
    *status = ERROR_TOO_LARGE;
    return 0;
  }
  if (s->handles * 8u + s->length > s->size - AT_SUBMISSION_HEADER) {
    *status = ERROR_BAD_ARGUMENT;
    return 0;
  }
  memcpy(wish, body, s->handles * 8u);
  size_t block = sizeof(struct message) + s->handles * sizeof(struct slot);
  bool apart = block + s->length > SLAB_LARGEST;
  if (!apart)
    block += s->length;
  struct budget *payer = t->process->budget;
  struct message *m = charged_allocate(payer, block, &error);
  *status = error;
  if (!m)
    return 0;
  list_init(&m->link);
  m->payer = payer;
  object_hold(&payer->object);
  m->block = (u16)block;
  m->length = s->length;
  m->payload = (u8 *)(m->handle + s->handles);
  if (apart && !(m->page = charged_frame(payer, 0, &error)))
    goto failed;
  if (apart)
    m->payload = arch_frame_address(m->page);
  memcpy(m->payload, body + s->handles * 8u, s->length);
  for (unsigned i = 0; i < s->handles; i++) {
    bool copy = wish[i][1] & TRANSFER_COPY;
    struct slot *from = vault_find(t->process->vault, wish[i][0], 0,
                                   copy ? RIGHT_DUPLICATE : RIGHT_TRANSFER, &error);
    for (unsigned j = 0; from && j < i; j++)
      if (wish[j][0] == wish[i][0] && (!copy || !(wish[j][1] & TRANSFER_COPY))) {
        error = ERROR_BAD_HANDLE; // moved, and named once more
        from = 0;
      }
    if (from && (from->object == not_this ||
                 (not_this->kind == KIND_ENDPOINT && from->object->kind == KIND_ENDPOINT &&
                  ((struct endpoint *)from->object)->peer == (const void *)not_this))) {
      error = ERROR_BAD_ARGUMENT; // it, or its channel, would hold itself alive
      from = 0;
    }
    if (!from)
      goto failed;
    m->handle[i] = *from;
    m->handle[i].rights &= (u16)wish[i][1];
    m->handle[i].generation = copy ? 0 : wish[i][0]; // until commit: what to remove
  }
  return m;
failed:
  message_drop(m); // it holds no handle yet
  *status = error;
  return 0;
}

void message_commit(struct thread *t, struct message *m, unsigned handles) {
  for (unsigned i = 0; i < handles; i++)
    if (m->handle[i].generation)
      vault_remove(t->process->vault, m->handle[i].generation);
    else
      object_hold_handle(m->handle[i].object);
  m->handles = (u16)handles;
}
