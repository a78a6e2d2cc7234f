// Memory objects: creation and cloning in slices of bounded work, and their end. What an object has
// is charged in full before its first frame is taken; frames of a dead driver's DMA memory stay in
// quarantine, charged to the root budget, until dma_release.
#include "../nucleus.h"
#include <string.h>

enum { LARGEST = 1 << 18, TABLE = MEMORY_TABLE };
enum { SLICE = 384, FILLED = 32 }; // a page: 960 instructions where it is filled, 30 where shared
static struct list quarantine = {&quarantine, &quarantine};
u64 quarantined_pages;

frame memory_frame(const struct memory *m, u64 page) {
  return m->contiguous ? (frame)(m->base + page) : *memory_place(m, page) & ~FRAME_SHARED;
}

static struct memory *over(frame base, u64 bytes, u8 source, u8 cache, struct budget *payer) {
  struct memory *m = object_create(KIND_MEMORY, 0, payer);
  if (!m)
    return 0;
  list_init(&m->quarantine);
  m->bytes = bytes;
  m->committed = bytes / PAGE;
  m->base = base;
  m->contiguous = true;
  m->source = source;
  m->cache = cache;
  return m;
}

struct memory *memory_over(frame base, u64 bytes) {
  struct memory *m = over(base, bytes, MEMORY_FROM_IMAGE, 0, 0);
  require(m);
  return m;
}

static u64 table_count(const struct memory *m) { return (m->bytes / PAGE + TABLE - 1) / TABLE; }
static size_t table_bytes(const struct memory *m, u64 table) {
  u64 left = m->bytes / PAGE - table * TABLE;
  return sizeof(frame) * (left < TABLE ? left : TABLE);
}

/// An object of `bytes` without frames, all its pages charged.
static struct memory *memory_new(struct budget *b, u64 bytes, bool contiguous) {
  struct memory *m = over(0, 0, MEMORY_FROM_ALLOCATOR, 0, b); // nothing to free yet
  if (!m)
    return 0;
  if (!(failure = budget_charge(b, bytes))) {
    m->bytes = bytes;
    m->contiguous = contiguous;
    unsigned order = 0;
    while ((u64)PAGE << order < bytes)
      order++;
    if (!contiguous)
      m->tables =
          table_count(m) == 1 ? &m->single : charged_allocate(b, table_count(m) * sizeof(frame *));
    else if ((m->base = frames_find(order)))
      frames_free_range((frame)(m->base + bytes / PAGE), (1ull << order) - bytes / PAGE);
    if (m->base || m->tables)
      return m;
    failure = failure ? failure : ERROR_NO_MEMORY;
  }
  object_release(&m->object);
  return 0;
}

bool memory_quarantine(struct memory *m) {
  if (m->source != MEMORY_FROM_DMA)
    return false;
  u64 bytes = m->bytes + slab_block_bytes(m->object.block);
  budget_refund(m->object.payer, bytes);
  require(!budget_charge(root_budget, bytes)); // it has just been given back there
  object_hold(&root_budget->object);
  object_release(&m->object.payer->object);
  m->object.payer = root_budget;
  list_append(&quarantine, &m->quarantine);
  quarantined_pages += m->bytes / PAGE;
  return true;
}

bool memory_destroy_slice(struct memory *m) {
  struct budget *b = m->object.payer;
  if (m->source == MEMORY_FROM_IMAGE || m->source == MEMORY_FROM_DEVICE || !m->bytes)
    return true;
  if (m->contiguous) {
    if (m->base)
      frames_free_range(m->base, m->bytes / PAGE);
  } else if (m->tables) {
    for (unsigned i = 0; i < 32 && m->committed; i++, m->committed--)
      if (!memory_shares(m, m->committed - 1))
        frames_free(memory_frame(m, m->committed - 1), 0);
    if (m->committed)
      return false;
    promised_pages -= m->promised;
    if (m->origin)
      object_release(&m->origin->object);
    for (u64 t = 0; t < table_count(m); t++)
      if (m->tables[t])
        charged_free(b, m->tables[t], table_bytes(m, t));
    if (m->tables != &m->single)
      charged_free(b, m->tables, table_count(m) * sizeof(frame *));
  }
  budget_refund(b, m->bytes);
  return true;
}

/// The frame of one more page, shared, or zeroed or filled from [at, end) of `from`: an error, or
/// what it took of a slice.
static s32 commit(struct memory *m, const struct memory *from, u64 at, u64 end) {
  u64 page = m->committed, copy = at >= end ? 0 : end - at < PAGE ? end - at : PAGE;
  bool shared = m->origin && copy == PAGE;
  if (!m->contiguous) {
    frame **table = &m->tables[page / TABLE];
    if (!*table && !(*table = charged_allocate(m->object.payer, table_bytes(m, page / TABLE))))
      return failure;
    frame f = shared ? memory_frame(from, at / PAGE) | FRAME_SHARED : frames_find(0);
    if (!((*table)[page % TABLE] = f))
      return ERROR_NO_MEMORY;
  }
  m->committed++;
  if (shared)
    return 1;
  u8 *to = arch_frame_address(memory_frame(m, page));
  if (copy)
    memcpy(to, arch_frame_address(memory_frame(from, at / PAGE)), copy);
  memset(to + copy, 0, PAGE - copy);
  return FILLED;
}

/// One slice of making the object in t->partial, which is begun first; at the end it goes into the
/// caller's vault.
static s64 make(struct thread *t, u64 size, bool contiguous, u64 device, struct memory *from,
                u64 offset, u64 bytes) {
  if (!t->partial) {
    if (!size)
      return ERROR_BAD_ARGUMENT;
    if (size > (contiguous ? 1024 : LARGEST) * (u64)PAGE)
      return ERROR_TOO_LARGE;
    size = (size + PAGE - 1) & ~(u64)(PAGE - 1);
    struct memory *new = memory_new(t->process->budget, size, contiguous);
    if (!new)
      return failure;
    new->committed = 0;
    t->partial = &new->object;
    if (from && from->sealed && bytes >= PAGE) {
      if (frames_free_count() < promised_pages + bytes / PAGE)
        return ERROR_NO_MEMORY;
      promised_pages += new->promised = (u32)(bytes / PAGE);
      object_hold(&(new->origin = from)->object);
    }
  }
  struct memory *m = (struct memory *)t->partial;
  s32 took = 0;
  if (m->origin && m->origin != from)
    return ERROR_BAD_STATE; // the vault was exchanged: the number names other memory by now
  for (s32 i = 0; i < SLICE && took >= 0 && m->committed < m->bytes / PAGE; i += took)
    took = commit(m, from, offset + m->committed * PAGE, offset + bytes);
  if (took < 0) // syscall_run lets go of what was made
    return took;
  if (m->committed < m->bytes / PAGE)
    return RESTART;
  t->partial = 0;
  m->device = device;
  m->source = device ? MEMORY_FROM_DMA : MEMORY_FROM_ALLOCATOR;
  return give_handle(t, &m->object);
}

SYSCALL(memory_create) {
  if (a[1] & ~(u64)MEMORY_CONTIGUOUS)
    return ERROR_BAD_ARGUMENT;
  return make(t, a[0], a[1] & MEMORY_CONTIGUOUS, 0, 0, 0, 0);
}

SYSCALL(memory_clone) {
  struct memory *from = t->target;
  u64 offset = a[1], bytes = a[2];
  if (offset % PAGE || offset > from->bytes || bytes > from->bytes - offset || bytes > a[3] ||
      from->source == MEMORY_FROM_DEVICE)
    return ERROR_BAD_ARGUMENT;
  return make(t, a[3], false, 0, from, offset, bytes);
}

SYSCALL(memory_seal) {
  struct memory *m = t->target;
  struct slot s = *t->named;
  s.rights = (u16)((s.rights & ~RIGHT_WRITE) | (a[1] ? RIGHT_EXECUTE : 0));
  if (a[1] && !checked(t, a[1], KIND_SYSTEM, RIGHT_EXECUTE))
    return failure;
  if (m->writers || m->source != MEMORY_FROM_ALLOCATOR)
    return m->writers ? ERROR_BUSY : ERROR_BAD_STATE;
  m->sealed = true;
  object_hold_handle(s.object);
  delegation_hold(s.delegation);
  return slot_insert(t->process->vault, s);
}

SYSCALL(memory_info) {
  struct memory *m = t->target;
  // A device can't be made to forget an address, so what can be taken back tells none.
  t->second = m->source == MEMORY_FROM_DMA && !t->named->delegation ? (u64)m->base * PAGE : 0;
  return (s64)m->bytes;
}

SYSCALL(dma_create) {
  u64 device = t->named->badge;
  return device ? make(t, a[1], true, device, 0, 0, 0) : ERROR_BAD_ARGUMENT;
}

SYSCALL(dma_release) {
  if (t->named->badge)
    return ERROR_NO_RIGHT;
  for (struct list *l = quarantine.next; l != &quarantine; l = l->next) {
    struct memory *m = container_of(l, struct memory, quarantine);
    if (m->device != a[1])
      continue;
    list_remove(l);
    m->source = MEMORY_FROM_ALLOCATOR;
    m->object.references = 1; // dead once more, now for good
    object_release(&m->object);
    quarantined_pages -= m->bytes / PAGE;
    t->gathered += m->bytes / PAGE;
    return RESTART;
  }
  return (s64)t->gathered;
}

SYSCALL(device_memory_create) {
  if (a[1] % PAGE || a[2] % PAGE || !a[2] || a[3] > DEVICE_MEMORY_WRITE_COMBINING ||
      a[1] + a[2] < a[1] || a[1] + a[2] > (u64)PAGE << 32 || !arch_device_range(a[1], a[2]))
    return ERROR_BAD_ARGUMENT;
  struct memory *m = over((frame)(a[1] / PAGE), a[2], MEMORY_FROM_DEVICE,
                          a[3] == DEVICE_MEMORY_WRITE_COMBINING ? 2 : 1, t->process->budget);
  return m ? give_handle(t, &m->object) : failure;
}
