// Handle tables. A handle is an index and the generation of its slot; a slot whose generation would
// wrap is never used again. Pages of slots come on demand and stay until the vault goes, since they
// remember the generations.
#include "../nucleus.h"

enum { SLOTS = 128, PAGES = (1 << LIMIT_HANDLE_INDEX_BITS) / SLOTS };
enum { LAST_GENERATION = (1 << (32 - LIMIT_HANDLE_INDEX_BITS)) - 1 };
struct slots {
  u64 free[2];
  struct slot slot[SLOTS];
};
_Static_assert(sizeof(struct slots) <= PAGE && SLOTS == 128 && PAGES == 128, "bitmaps of 2 words");
struct vault {
  struct budget *payer; // referenced
  u64 room[2];          // pages with a free slot, or not made yet
  u32 count;
  struct slots *page[PAGES];
};

struct vault *vault_create(struct budget *payer) {
  struct vault *v = charged_allocate(payer, sizeof *v);
  if (!v)
    return 0;
  v->payer = payer;
  object_hold(&payer->object);
  v->room[0] = v->room[1] = ~0ull;
  return v;
}

u32 vault_count(const struct vault *v) { return v->count; }

struct slot *vault_at(struct vault *v, u32 *index) {
  struct slots *s = *index / SLOTS < PAGES ? v->page[*index / SLOTS] : 0;
  if (!s) {
    *index |= SLOTS - 1;
    return 0;
  }
  struct slot *slot = &s->slot[*index % SLOTS];
  return slot->object ? slot : 0;
}

static struct slot *slot_of(struct vault *v, u32 handle) {
  u32 index = handle & ((1u << LIMIT_HANDLE_INDEX_BITS) - 1);
  struct slots *s = v->page[index / SLOTS];
  struct slot *slot = s ? &s->slot[index % SLOTS] : 0;
  bool found = slot && slot->object && slot->generation == handle >> LIMIT_HANDLE_INDEX_BITS;
  return found ? slot : 0;
}

/// vault_find off the short way: why there is none, or through which delegation it came.
static __attribute__((noinline)) struct slot *look(struct vault *v, u32 handle, u32 kind,
                                                   u16 rights) {
  struct slot *slot = slot_of(v, handle);
  failure = ERROR_BAD_HANDLE;
  if (!slot || delegation_revoked(slot->delegation))
    return 0;
  failure = kind && slot->object->kind != kind ? ERROR_WRONG_KIND : ERROR_NO_RIGHT;
  return failure == ERROR_NO_RIGHT && (slot->rights & rights) == rights ? slot : 0;
}

INLINED struct slot *vault_find(struct vault *v, u32 handle, u32 kind, u16 rights) {
  struct slot *slot = slot_of(v, handle);
  if (slot && (!kind || slot->object->kind == kind) && (slot->rights & rights) == rights &&
      !slot->delegation)
    return slot;
  return look(v, handle, kind, rights);
}

static struct slots *slots_make(struct vault *v, unsigned p) {
  struct slots *s = v->page[p] = charged_allocate(v->payer, PAGE);
  if (!s)
    return 0;
  s->free[0] = s->free[1] = ~0ull;
  for (unsigned i = 0; i < SLOTS; i++)
    s->slot[i].generation = 1;
  return s;
}
static __attribute__((noinline)) u32 insert_new(struct vault *v, struct object *o, u16 rights,
                                                u64 badge, unsigned p) {
  return slots_make(v, p) ? vault_insert(v, o, rights, badge) : 0;
}

u32 vault_insert(struct vault *v, struct object *o, u16 rights, u64 badge) {
  unsigned second = v->room[0] ? 0 : 1;
  if (!v->room[second]) {
    failure = ERROR_NO_HANDLE_SLOT;
    return 0;
  }
  unsigned p = second * 64 + (unsigned)__builtin_ctzll(v->room[second]);
  struct slots *s = v->page[p];
  if (!s)
    return insert_new(v, o, rights, badge, p);
  unsigned half = s->free[0] ? 0 : 1;
  unsigned i = half * 64 + (unsigned)__builtin_ctzll(s->free[half]);
  s->free[half] &= s->free[half] - 1;
  if (!s->free[half] && !s->free[1])
    v->room[second] &= v->room[second] - 1;
  struct slot *slot = &s->slot[i];
  slot->object = o;
  slot->rights = rights;
  slot->delegation = 0;
  slot->badge = badge;
  v->count++;
  return (p * SLOTS + i) | slot->generation << LIMIT_HANDLE_INDEX_BITS;
}

u32 vault_put(struct vault *v, const struct slot *s) {
  u32 handle = vault_insert(v, s->object, s->rights, s->badge);
  if (handle && s->delegation)
    vault_find(v, handle, 0, 0)->delegation = s->delegation;
  return handle;
}

static inline struct slot take(struct vault *v, u32 index) {
  unsigned p = index / SLOTS, i = index % SLOTS;
  struct slots *s = v->page[p];
  struct slot out = s->slot[i];
  require(out.object);
  s->slot[i].object = 0;
  v->count--;
  if (out.generation < LAST_GENERATION) {
    s->slot[i].generation++;
    s->free[i / 64] |= 1ull << i % 64;
    v->room[p / 64] |= 1ull << p % 64;
  }
  return out;
}

INLINED struct slot vault_remove(struct vault *v, u32 handle) {
  return take(v, handle & ((1u << LIMIT_HANDLE_INDEX_BITS) - 1));
}

bool vault_clear(struct vault *v, u32 kinds, u32 *at) {
  unsigned closed = 0, looked = 0;
  for (; *at < PAGES * SLOTS; (*at)++) {
    if (!v->count)
      break;
    if (closed == 16 || ++looked > 512)
      return false;
    struct slot *s = vault_at(v, at);
    if (!s || !(kinds ? kinds >> s->object->kind & 1 : delegation_revoked(s->delegation)))
      continue;
    slot_close(take(v, *at));
    closed++;
  }
  *at = 0;
  return true;
}

void vault_exchange(struct process *a, struct process *b) {
  struct vault *v = a->vault;
  a->vault = b->vault;
  b->vault = v;
  if (first_process == a || first_process == b)
    first_process = first_process == a ? b : a;
}

void vault_return(struct process *p) {
  struct process *lender = p->lender;
  if (!lender)
    return;
  if (lender->state < PROCESS_ENDING)
    vault_exchange(lender, p);
  process_name(&p->lender, 0);
}

/// Whether all of its threads wait, or its only one makes this call: nothing else of it is in a
/// system call that looks handles up.
static bool rests(const struct process *p, const struct thread *caller) {
  if (p == caller->process && p->thread_count == 1)
    return true;
  for (struct list *l = p->threads.next; l != &p->threads; l = l->next)
    if (container_of(l, struct thread, of_process)->state != THREAD_WAITING)
      return false;
  return p->state == PROCESS_RUNNING;
}

SYSCALL(vault_lend) {
  struct process *from = t->target, *to = a[1] ? checked(t, a[1], KIND_PROCESS, RIGHT_MANAGE) : 0;
  if (a[1] && !to)
    return failure;
  if (!to && from->lender) {
    process_name(&from->lender, 0);
    return 0;
  }
  if (!to || from->lender || to->lender || from == to)
    return ERROR_BAD_STATE;
  if (!rests(from, t) || !rests(to, t))
    return ERROR_BUSY;
  vault_exchange(from, to);
  process_name(&to->lender, from);
  return 0;
}

void vault_free(struct vault *v) {
  require(!v->count);
  for (unsigned p = 0; p < PAGES; p++)
    if (v->page[p])
      charged_free(v->payer, v->page[p], PAGE);
  struct budget *payer = v->payer;
  charged_free(payer, v, sizeof *v);
  object_release(&payer->object);
}
