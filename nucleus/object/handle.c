// System calls on handles and budgets, and how calls look up and give out handles.
#include "../nucleus.h"

void *checked_badge(struct thread *t, u64 handle, u32 kind, u16 rights, u64 *badge, int *error) {
  struct slot *s = 0;
  if (handle > 0xffffffff)
    *error = ERROR_BAD_HANDLE;
  else
    s = vault_find(t->process->vault, (u32)handle, kind, rights, error);
  if (!s)
    return 0;
  *badge = s->badge;
  return s->object;
}

void *checked(struct thread *t, u64 handle, u32 kind, u16 rights, int *error) {
  u64 badge;
  return checked_badge(t, handle, kind, rights, &badge, error);
}

s64 give_handle(struct thread *t, struct object *o, u16 rights) {
  int error;
  o->handles++; // with the reference that the caller passes on
  u32 handle = vault_insert(t->process->vault, o, rights, 0, &error);
  if (handle)
    return handle;
  object_release_handle(o);
  return error;
}

s64 sys_handle_close(struct thread *t, const u64 *a) {
  int error;
  if (!checked(t, a[0], 0, 0, &error))
    return error;
  object_release_handle(vault_remove(t->process->vault, (u32)a[0]).object);
  return 0;
}

s64 sys_handle_duplicate(struct thread *t, const u64 *a) {
  int error;
  u64 badge;
  struct object *o = checked_badge(t, a[0], 0, RIGHT_DUPLICATE, &badge, &error);
  if (!o)
    return error;
  if (badge && a[2] && a[2] != badge)
    return ERROR_BAD_ARGUMENT;
  u16 rights = vault_find(t->process->vault, (u32)a[0], 0, 0, &error)->rights & (u16)a[1];
  object_hold_handle(o);
  u32 handle = vault_insert(t->process->vault, o, rights, badge ? badge : a[2], &error);
  if (handle)
    return handle;
  object_release_handle(o);
  return error;
}

s64 sys_handle_info(struct thread *t, const u64 *a) {
  int error;
  struct object *o = checked_badge(t, a[0], 0, 0, &t->second, &error);
  if (!o)
    return error;
  return o->kind | (s64)vault_find(t->process->vault, (u32)a[0], 0, 0, &error)->rights << 8;
}

s64 sys_handle_give(struct thread *t, const u64 *a) {
  int error;
  struct process *p = checked(t, a[0], KIND_PROCESS, RIGHT_MANAGE, &error);
  if (!p)
    return error;
  struct object *o = checked(t, a[1], 0, RIGHT_TRANSFER, &error);
  if (!o)
    return error;
  if (p->state >= PROCESS_ENDING)
    return ERROR_BAD_STATE;
  if (o == &p->object || a[0] == a[1])
    return ERROR_BAD_ARGUMENT; // it would keep a handle to itself
  struct slot from = *vault_find(t->process->vault, (u32)a[1], 0, 0, &error);
  u32 handle = vault_insert(p->vault, o, from.rights & (u16)a[2], from.badge, &error);
  if (!handle)
    return error;
  vault_remove(t->process->vault, (u32)a[1]); // the count moved with it
  return handle;
}

s64 sys_budget_create(struct thread *t, const u64 *a) {
  enum { DEPTH = 16 }; // a charge walks up to the root
  int error;
  struct budget *parent = checked(t, a[0], KIND_BUDGET, RIGHT_USE, &error);
  if (!parent)
    return error;
  if (parent->depth == DEPTH)
    return ERROR_TOO_LARGE;
  struct budget *b = object_create(KIND_BUDGET, sizeof *b, t->process->budget, &error);
  if (!b)
    return error;
  b->parent = parent;
  object_hold(&parent->object);
  b->limit = a[1];
  b->depth = parent->depth + 1;
  return give_handle(t, &b->object, RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_USE | RIGHT_INFO);
}

s64 sys_budget_info(struct thread *t, const u64 *a) {
  int error;
  struct budget *b = checked(t, a[0], KIND_BUDGET, RIGHT_INFO, &error);
  if (!b)
    return error;
  t->second = b->used;
  return (s64)b->limit;
}
