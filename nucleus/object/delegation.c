// Delegations: handles that can be taken back. A slot that came through one names its record, and
// with it the chain of those that it was delegated through. Revoking sets one flag; after that no
// lookup finds a copy, wherever it lies. What is left goes in slices: mappings become private
// pages, narrower delegations follow, slots are closed. Invariant: a record lives while a slot, a
// region, a bound source or a narrower delegation names it.
#include "../nucleus.h"

enum { RECORDS = 4096, OF_PROCESS = 64, DEPTH = 16, SLICE = 48 };
static struct delegation *records[RECORDS]; // 0 is none

struct delegation *delegation_at(u16 index) {
  return index ? records[index] : 0;
}

bool delegation_revoked(u16 index) {
  const struct delegation *d = delegation_at(index);
  while (d && !d->revoked)
    d = d->parent;
  return d;
}

u16 delegation_hold(u16 index) {
  if (index)
    object_hold(&records[index]->object);
  return index;
}

void delegation_release(u16 index) {
  if (index)
    object_release(&records[index]->object);
}

void slot_close(struct slot s) {
  delegation_release(s.delegation);
  object_release_handle(s.object);
}

/// One slice of the end of the deepest delegation below `top`; true when `top` is alone and has no
/// mapping any more.
static bool unmap_slice(struct delegation *top) {
  struct delegation *d = top;
  while (!list_empty(&d->narrower))
    d = container_of(d->narrower.next, struct delegation, link);
  if (!list_empty(&d->regions)) {
    region_hide(container_of(d->regions.next, struct region, delegated), SLICE);
    return false;
  }
  if (d == top)
    return true;
  delegation_revoke(d);
  list_remove(&d->link);
  object_release(&d->parent->object);
  d->parent = 0;
  return false;
}

bool delegation_end_slice(struct delegation *d) {
  if (!unmap_slice(d))
    return false;
  for (struct list *l = all_processes.next; l != &all_processes; l = l->next) {
    struct process *p = container_of(l, struct process, all);
    if (p->id < d->process)
      continue;
    if (p->id > d->process)
      d->slot = 0; // another than last time
    d->process = p->id + (!p->vault || vault_clear(p->vault, 0, &d->slot));
    return false;
  }
  d->ended = true;
  return true;
}

void delegation_free(struct delegation *d) {
  records[d->index] = 0;
  d->maker->delegations--;
  object_release(&d->maker->object);
  list_remove(&d->link);
  if (d->parent)
    object_release(&d->parent->object);
}

SYSCALL(delegate) {
  struct slot from = *t->named;
  struct process *p = t->process;
  struct delegation *d, *parent = delegation_at(from.delegation);
  const u32 never = 1u << KIND_PORT | 1u << KIND_REPLY | 1u << KIND_DELEGATION;
  u16 index = 1;
  if (never >> from.object->kind & 1)
    return ERROR_WRONG_KIND;
  if (parent && parent->depth == DEPTH)
    return ERROR_TOO_LARGE;
  while (index < RECORDS && records[index])
    index++;
  if (index == RECORDS || p->delegations == OF_PROCESS)
    return ERROR_QUEUE_FULL;
  if (!(d = object_create(KIND_DELEGATION, 0, p->budget)))
    return failure;
  list_init(&d->link);
  list_init(&d->regions);
  list_init(&d->narrower);
  records[d->index = index] = d;
  d->maker = p;
  p->delegations++;
  object_hold(&p->object);
  if ((d->parent = parent)) {
    object_hold(&parent->object);
    list_append(&parent->narrower, &d->link);
    d->depth = parent->depth + 1;
  }
  s64 own = give_handle(t, &d->object); // its end revokes
  if (own < 0)
    return own;
  object_hold_handle(from.object);
  delegation_hold(from.delegation = index);
  from.rights &= (u16)a[1];
  s64 handle = slot_insert(p->vault, from);
  if (handle < 0)
    slot_close(vault_remove(p->vault, (u32)own));
  t->second = (u64)own;
  return handle;
}
