// Regions: ranges of memory objects mapped into a process, kept by address. Mapping and unmapping
// go in slices; `mapped` says how far, `mapper` which thread's memory_map is not done. A region's
// addresses stay taken until its last page is unmapped everywhere.
//
// A clone of sealed memory shares frames with it, each until the first write to its page. All is
// paid for by then and a free page kept for it, so that a write never finds that there is none.
// Invariants: who has a shared frame is held by the clone and never changes it; while pages of a
// clone are shared and it can be written to, one region maps it at most, and that one maps them
// without write.
#include "../nucleus.h"
#include <string.h>

enum { SLICE = 48, COPIES = 12, LOOKS = 384 }; // pages
enum { REGIONS = 1024 };                       // keeps the walk over the list bounded

static struct region *region_at(struct process *p, u64 address) {
  for (struct list *l = p->regions.next; l != &p->regions; l = l->next) {
    struct region *r = container_of(l, struct region, link);
    if (address - r->address < r->bytes)
      return r;
  }
  return 0;
}

/// Without write where the page's frame is shared.
static s32 page_map(struct region *r, u64 page) {
  u64 of = r->offset / PAGE + page;
  u32 never = memory_shares(r->memory, of) ? PROTECT_WRITE : 0;
  return arch_map(r->process, r->address + page * PAGE, memory_frame(r->memory, of),
                  r->protection & ~never, r->memory->cache);
}

/// Pages of a clone from there to the end get frames of their own, a slice of them: true when all
/// have.
static bool own(struct memory *m, u32 *page, u64 end) {
  for (unsigned looks = 0, copies = 0; *page < end; ++*page) {
    if (looks++ == LOOKS || copies == COPIES)
      return false;
    if (!memory_shares(m, *page))
      continue;
    m->promised--;
    promised_pages--;
    frame f = frames_allocate(0);
    require(f); // as promised
    memcpy(arch_frame_address(f), arch_frame_address(memory_frame(m, *page)), PAGE);
    *memory_place(m, *page) = f;
    copies++;
    struct region *r = m->region;
    u64 at = r ? *page - r->offset / PAGE : 0;
    if (!r || r->process->reap_stage || at < r->hidden || at >= r->mapped)
      continue; // it is not there, or its tables may be gone
    require(!page_map(r, at));
    arch_flush(r->process);
  }
  return true;
}

bool region_write(struct process *p, u64 address) {
  struct region *r = region_at(p, address);
  if (!r || !r->memory || !r->memory->origin || !(r->protection & PROTECT_WRITE))
    return false;
  u32 page = (u32)((r->offset + address - r->address) / PAGE);
  return own(r->memory, &page, page + 1);
}

/// It has nothing to do with its memory and its delegation any more.
static void let_go(struct region *r) {
  if (r->memory) {
    r->memory->writers -= r->protection / PROTECT_WRITE & 1;
    if (r->memory->region == r)
      r->memory->region = 0;
    object_release(&r->memory->object);
  }
  r->memory = 0;
  list_remove(&r->delegated);
  if (r->through)
    object_release(&r->through->object);
  r->through = 0;
}

void region_free(struct process *p, struct region *r) {
  list_remove(&r->link);
  p->region_count--;
  if (r->instead)
    charged_frame_free(p->budget, r->instead, 0);
  let_go(r);
  charged_free(p->budget, r, sizeof *r);
}

/// Unmaps one slice from the end; true when all of it is gone.
static bool unmap_slice(struct process *p, struct region *r) {
  for (unsigned i = 0; i < SLICE && r->mapped; i++)
    arch_unmap(p, r->address + --r->mapped * (u64)PAGE);
  if (r->mapped)
    return false;
  arch_flush(p);
  region_free(p, r);
  return true;
}

void region_hide(struct region *r, unsigned most) {
  struct process *p = r->process;
  // once its threads are gone, nobody looks, and the tables may be gone too
  for (; !p->reap_stage && most && r->hidden < r->mapped; most--, r->hidden++)
    require(!arch_map(p, r->address + r->hidden * (u64)PAGE, r->instead, r->protection, 0));
  arch_flush(p);
  if (!p->reap_stage && r->hidden < r->mapped)
    return;
  let_go(r);
}

/// Finds the place in the list for [*address, + bytes); address 0: the first gap in the shared
/// range, with an unmapped page on both sides.
static struct list *place(struct process *p, u64 *address, u64 bytes) {
  bool choose = !*address;
  u64 at = choose ? ADDRESS_SHARED : *address, end = choose ? ADDRESS_SHARED_END : ADDRESS_USER_END;
  struct list *l = p->regions.next;
  for (; l != &p->regions; l = l->next) {
    struct region *r = container_of(l, struct region, link);
    if (r->address + r->bytes <= at)
      continue;
    if (r->address >= at + bytes + (choose ? PAGE : 0))
      break;
    if (!choose)
      return 0;
    at = r->address + r->bytes + PAGE;
  }
  if (at + bytes > end)
    return 0;
  *address = at;
  return l;
}

static bool excluded(u64 address, u64 bytes) { // the message buffers are the nucleus's to place
  const u64 end = ADDRESS_BUFFERS + 2ull * LIMIT_BUFFER_BYTES * LIMIT_THREADS;
  return address < ADDRESS_USER_BASE || bytes > ADDRESS_USER_END - address ||
         (address < end && address + bytes > ADDRESS_BUFFERS);
}

static s32 begin(struct thread *t, struct process *p, struct slot from, const u64 *a) {
  u64 address = a[2];
  if (p->region_count == REGIONS ||
      (address && (address >= ADDRESS_USER_END || excluded(address, a[4]))))
    return ERROR_NO_ADDRESS_SPACE;
  struct list *before = place(p, &address, a[4]);
  if (!before)
    return ERROR_NO_ADDRESS_SPACE;
  struct region *r = charged_allocate(p->budget, sizeof *r);
  if (!r)
    return failure;
  list_init(&r->delegated);
  if (from.delegation && !(r->instead = charged_frame(p->budget, 0))) {
    charged_free(p->budget, r, sizeof *r);
    return failure;
  }
  if ((r->through = delegation_at(from.delegation))) {
    memset(arch_frame_address(r->instead), 0, PAGE);
    delegation_hold(from.delegation);
    list_append(&r->through->regions, &r->delegated);
  }
  r->address = address;
  r->bytes = a[4];
  r->offset = a[3];
  r->memory = (struct memory *)from.object;
  if (r->memory->origin && !r->memory->region)
    r->memory->region = r;
  object_hold(from.object);
  r->protection = (u8)a[5];
  r->memory->writers += r->protection / PROTECT_WRITE & 1;
  r->mapper = t;
  r->process = p;
  object_hold(t->partial = &p->object); // its handle may go while this goes on
  list_append(before, &r->link);        // before the region that follows
  p->region_count++;
  t->progress = address;
  return 0;
}

SYSCALL(memory_map) {
  s32 error;
  struct process *p = t->target;
  if (p->state > PROCESS_RUNNING)
    return ERROR_BAD_STATE;
  u16 rights = RIGHT_MAP | RIGHT_READ | (a[5] & PROTECT_WRITE ? RIGHT_WRITE : 0) |
               (a[5] & PROTECT_EXECUTE ? RIGHT_EXECUTE : 0);
  if (!(a[5] & PROTECT_READ) || a[5] > 7 || (a[5] & PROTECT_WRITE && a[5] & PROTECT_EXECUTE))
    return ERROR_BAD_ARGUMENT;
  if (!t->progress) {
    struct memory *m = checked(t, a[1], KIND_MEMORY, rights);
    if (!m)
      return failure;
    if (a[2] % PAGE || a[3] % PAGE || a[4] % PAGE || !a[4] || a[3] > m->bytes ||
        a[4] > m->bytes - a[3])
      return ERROR_BAD_ARGUMENT;
    if (m->sealed && a[5] & PROTECT_WRITE)
      return ERROR_BAD_STATE;
    if (m->region && !m->sealed && !own(m, &m->own, m->bytes / PAGE))
      return RESTART; // a second region: nothing is shared from here on
    if ((error = begin(t, p, *vault_find(t->process->vault, (u32)a[1], 0, 0), a)))
      return error;
  }
  struct region *r = region_at(p, t->progress);
  if (!r || r->mapper != t)
    return ERROR_BAD_STATE; // unmapped by another thread meanwhile
  if (!r->memory || (r->through && delegation_revoked(r->through->index)))
    t->gathered = (u64)-ERROR_BAD_HANDLE;
  for (unsigned i = 0; i < SLICE && !t->gathered && r->mapped < r->bytes / PAGE; i++) {
    if ((error = page_map(r, r->mapped)))
      t->gathered = (u64)-error; // from here on it goes back
    else
      r->mapped++;
  }
  if (t->gathered)
    return unmap_slice(p, r) ? -(s64)t->gathered : RESTART;
  if (r->mapped < r->bytes / PAGE)
    return RESTART;
  r->mapper = 0;
  return (s64)r->address;
}

SYSCALL(memory_unmap) {
  struct process *p = t->target;
  if (p->state > PROCESS_RUNNING)
    return ERROR_BAD_STATE;
  struct region *r = region_at(p, a[1]);
  if (!r || r->address != a[1])
    return ERROR_NOT_FOUND;
  r->mapper = 0;
  return unmap_slice(p, r) ? 0 : RESTART;
}
