// System calls on handles and budgets, and how calls look up and give out handles.
#include "../nucleus.h"

void *checked(struct thread *t, u64 handle, u32 kind, u16 rights) {
  struct slot *s = 0;
  if (handle > 0xffffffff)
    failure = ERROR_BAD_HANDLE;
  else
    s = vault_find(t->process->vault, (u32)handle, kind, rights);
  return s ? s->object : 0;
}

s64 slot_insert(struct vault *v, struct slot s) {
  u32 handle = vault_put(v, &s);
  if (handle)
    return handle;
  s32 error = failure;
  slot_close(s);
  return error;
}

s64 give_handle(struct thread *t, struct object *o) {
  o->handles++; // with the reference that the caller passes on
  return slot_insert(t->process->vault, (struct slot){.object = o, .rights = kind_rights(o->kind)});
}

SYSCALL(handle_close) {
  struct delegation *d = t->target;
  if (d->object.kind == KIND_DELEGATION && !d->ended) { // no copy outlives this call
    delegation_revoke(d);
    object_reap_slice();
    return RESTART;
  }
  slot_close(vault_remove(t->process->vault, (u32)a[0]));
  return 0;
}

SYSCALL(handle_duplicate) {
  struct slot s = *t->named;
  if (s.badge && a[2] && a[2] != s.badge)
    return ERROR_BAD_ARGUMENT;
  object_hold_handle(t->target);
  delegation_hold(s.delegation);
  s.rights &= (u16)a[1];
  s.badge = s.badge ? s.badge : a[2];
  return slot_insert(t->process->vault, s);
}

SYSCALL(handle_info) {
  t->second = t->named->badge;
  return t->named->object->kind | (s64)t->named->rights << 8;
}

SYSCALL(handle_next) {
  const u32 all = 1u << LIMIT_HANDLE_INDEX_BITS;
  u32 index = a[0] < all ? (u32)(a[0] + t->progress) : all, end = index + 512;
  struct slot *s = 0;
  while (index < all && index < end && !(s = vault_at(t->process->vault, &index)))
    index++;
  t->second = index + 1;
  if (s)
    return index | (s64)s->generation << LIMIT_HANDLE_INDEX_BITS;
  t->progress = index - a[0];
  return index < all ? RESTART : 0;
}

SYSCALL(handle_give) {
  struct process *p = t->target;
  struct object *o = checked(t, a[1], 0, RIGHT_TRANSFER);
  if (!o)
    return failure;
  if (p->state >= PROCESS_ENDING || process_unborn(o))
    return ERROR_BAD_STATE;
  struct slot from = *vault_find(t->process->vault, (u32)a[1], 0, 0);
  from.rights &= (u16)a[2];
  u32 handle = vault_put(p->vault, &from);
  if (!handle)
    return failure;
  vault_remove(t->process->vault, (u32)a[1]); // the count moved with it
  return handle;
}

SYSCALL(budget_create) {
  enum { DEPTH = 16 }; // a charge walks up to the root
  struct budget *parent = t->target, *b;
  if (parent->depth == DEPTH)
    return ERROR_TOO_LARGE;
  if (!(b = object_create(KIND_BUDGET, 0, t->process->budget)))
    return failure;
  b->parent = parent;
  object_hold(&parent->object);
  b->limit = a[1];
  b->depth = parent->depth + 1;
  return give_handle(t, &b->object);
}

SYSCALL(budget_info) {
  struct budget *b = t->target;
  t->second = b->used;
  return (s64)b->limit;
}
