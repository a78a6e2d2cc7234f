// Memory objects: creation and cloning in slices of bounded work, and their end. What an object has
// is charged in full before its first frame is taken; frames of a dead driver's DMA memory stay in
// quarantine, charged to the root budget, until dma_release.
#include "../nucleus.h"
#include <string.h>

enum { SLICE = 16, TABLE = 1024, LARGEST = 1 << 18 }; // pages
static struct list quarantine = {&quarantine, &quarantine};
u64 quarantined_pages;

frame memory_frame(const struct memory *m, u64 page) {
  return m->contiguous ? (frame)(m->base + page) : m->tables[page / TABLE][page % TABLE];
}

struct memory *memory_over(frame base, u64 bytes, u8 source, u8 cache, u16 allowed) {
  int error;
  struct memory *m = object_create(KIND_MEMORY, sizeof *m, 0, &error);
  require(m);
  m->bytes = bytes;
  m->committed = bytes / PAGE;
  m->base = base;
  m->contiguous = true;
  m->source = source;
  m->cache = cache;
  m->allowed = allowed;
  list_init(&m->quarantine);
  return m;
}

static u32 table_entries(const struct memory *m, u64 table) {
  u64 left = m->bytes / PAGE - table * TABLE;
  return left < TABLE ? (u32)left : TABLE;
}

/// An object of `bytes` without frames, all its pages charged.
static struct memory *memory_new(struct budget *b, u64 bytes, bool contiguous, int *error) {
  u64 pages = bytes / PAGE;
  struct memory *m = object_create(KIND_MEMORY, sizeof *m, b, error);
  if (!m)
    return 0;
  list_init(&m->quarantine);
  m->contiguous = true; // nothing to free but the charge, until it is made below
  if ((*error = budget_charge(b, bytes))) {
    object_release(&m->object);
    return 0;
  }
  m->bytes = bytes;
  m->allowed = RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_READ | RIGHT_WRITE | RIGHT_MAP | RIGHT_INFO;
  if (contiguous) {
    unsigned order = 0;
    while (1ull << order < pages)
      order++;
    m->base = frames_allocate(order);
    if (!m->base) {
      slab_reclaim();
      m->base = frames_allocate(order);
    }
    if (!m->base)
      *error = ERROR_NO_MEMORY;
    else
      frames_free_range((frame)(m->base + pages), (1ull << order) - pages);
  } else {
    u64 tables = (pages + TABLE - 1) / TABLE;
    m->contiguous = false;
    m->tables = tables == 1 ? &m->single : charged_allocate(b, tables * sizeof(u32 *), error);
  }
  if (contiguous ? m->base : m->tables != 0)
    return m;
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

u64 quarantine_release(u64 device, unsigned most) {
  u64 pages = 0;
  for (struct list *l = quarantine.next, *next; l != &quarantine && most; l = next) {
    struct memory *m = container_of(l, struct memory, quarantine);
    next = l->next;
    if (m->device != device)
      continue;
    list_remove(l);
    m->source = MEMORY_FROM_ALLOCATOR;
    pages += m->bytes / PAGE;
    object_hold(&m->object); // dead once more, now for good
    object_release(&m->object);
    most--;
  }
  quarantined_pages -= pages;
  return pages;
}

bool memory_destroy_slice(struct memory *m) {
  struct budget *b = m->object.payer;
  u64 pages = m->bytes / PAGE;
  if (m->source == MEMORY_FROM_IMAGE || m->source == MEMORY_FROM_DEVICE || !pages)
    return true;
  if (m->contiguous) {
    if (m->base)
      frames_free_range(m->base, pages);
  } else if (m->tables) {
    for (unsigned i = 0; i < 64 && m->committed; i++) {
      m->committed--;
      frames_free(memory_frame(m, m->committed), 0);
    }
    if (m->committed)
      return false;
    for (u64 t = 0; t < (pages + TABLE - 1) / TABLE; t++)
      if (m->tables[t])
        charged_free(b, m->tables[t], table_entries(m, t) * sizeof(u32));
    if (m->tables != &m->single)
      charged_free(b, m->tables, (pages + TABLE - 1) / TABLE * sizeof(u32 *));
  }
  budget_refund(b, m->bytes);
  return true;
}

/// The frame of one more page, zeroed or filled from `from`.
static int commit(struct memory *m, const struct memory *from, u64 at, u64 end) {
  u64 page = m->committed;
  if (!m->contiguous) {
    u32 **table = &m->tables[page / TABLE];
    int error;
    if (!*table &&
        !(*table = charged_allocate(m->object.payer, table_entries(m, page / TABLE) * 4, &error)))
      return error;
    frame f = frames_allocate(0);
    if (!f) {
      slab_reclaim();
      f = frames_allocate(0);
    }
    if (!f)
      return ERROR_NO_MEMORY;
    (*table)[page % TABLE] = f;
  }
  u8 *to = arch_frame_address(memory_frame(m, page));
  u64 copy = at >= end ? 0 : end - at < PAGE ? end - at : PAGE;
  if (copy)
    memcpy(to, arch_frame_address(memory_frame(from, at / PAGE)), copy);
  memset(to + copy, 0, PAGE - copy);
  m->committed++;
  return 0;
}

/// One slice of making the object in t->partial; at the end it goes into the caller's vault.
static s64 fill(struct thread *t, const struct memory *from, u64 offset, u64 bytes) {
  struct memory *m = (struct memory *)t->partial;
  int error = 0;
  for (unsigned i = 0; i < SLICE && !error && m->committed < m->bytes / PAGE; i++)
    error = commit(m, from, offset + m->committed * PAGE, offset + bytes);
  if (!error && m->committed < m->bytes / PAGE)
    return RESTART;
  t->partial = 0;
  if (!error) {
    m->source = m->device ? MEMORY_FROM_DMA : MEMORY_FROM_ALLOCATOR;
    return give_handle(t, &m->object, m->allowed);
  }
  object_release(&m->object);
  return error;
}

static s64 begin(struct thread *t, u64 bytes, bool contiguous, u64 device) {
  int error;
  u64 largest = contiguous ? 1024 : LARGEST;
  if (!bytes)
    return ERROR_BAD_ARGUMENT;
  if (bytes > largest * PAGE)
    return ERROR_TOO_LARGE;
  bytes = (bytes + PAGE - 1) & ~(u64)(PAGE - 1);
  struct memory *m = memory_new(t->process->budget, bytes, contiguous, &error);
  if (!m)
    return error;
  m->device = device;
  t->partial = &m->object;
  return 0;
}

s64 sys_memory_create(struct thread *t, const u64 *a) {
  s64 error = 0;
  if (!t->partial)
    error = a[1] & ~(u64)MEMORY_CONTIGUOUS ? ERROR_BAD_ARGUMENT
                                           : begin(t, a[0], a[1] & MEMORY_CONTIGUOUS, 0);
  return error ? error : fill(t, 0, 0, 0);
}

s64 sys_memory_clone(struct thread *t, const u64 *a) {
  int error;
  struct memory *from = checked(t, a[0], KIND_MEMORY, RIGHT_READ, &error);
  if (!from)
    return error; // also when another thread closed it midway: what is made goes with the thread
  u64 offset = a[1], bytes = a[2];
  if (offset % PAGE || offset > from->bytes || bytes > from->bytes - offset || bytes > a[3] ||
      from->source == MEMORY_FROM_DEVICE)
    return ERROR_BAD_ARGUMENT;
  s64 failed = t->partial ? 0 : begin(t, a[3], false, 0);
  return failed ? failed : fill(t, from, offset, bytes);
}

s64 sys_memory_info(struct thread *t, const u64 *a) {
  int error;
  struct memory *m = checked(t, a[0], KIND_MEMORY, RIGHT_INFO, &error);
  if (!m)
    return error;
  t->second = m->source == MEMORY_FROM_DMA ? (u64)m->base * PAGE : 0;
  return (s64)m->bytes;
}

s64 sys_dma_create(struct thread *t, const u64 *a) {
  int error = 0;
  u64 badge;
  if (!checked_badge(t, a[0], KIND_DMA_PRIVILEGE, RIGHT_USE, &badge, &error))
    return error;
  if (!badge)
    return ERROR_BAD_ARGUMENT;
  s64 failed = t->partial ? 0 : begin(t, a[1], true, badge);
  return failed ? failed : fill(t, 0, 0, 0);
}

s64 sys_dma_release(struct thread *t, const u64 *a) {
  int error = 0;
  u64 badge;
  if (!checked_badge(t, a[0], KIND_DMA_PRIVILEGE, RIGHT_USE, &badge, &error))
    return error;
  if (badge)
    return ERROR_NO_RIGHT;
  u64 pages = quarantine_release(a[1], 8);
  t->gathered += pages;
  return pages ? RESTART : (s64)t->gathered;
}

s64 sys_device_memory_create(struct thread *t, const u64 *a) {
  int error = 0;
  if (!checked(t, a[0], KIND_DEVICE_MEMORY_PRIVILEGE, RIGHT_USE, &error))
    return error;
  if (a[1] % PAGE || a[2] % PAGE || !a[2] || a[3] > DEVICE_MEMORY_WRITE_COMBINING ||
      a[1] + a[2] < a[1] || a[1] + a[2] > (u64)PAGE << 32 || !arch_device_range(a[1], a[2]))
    return ERROR_BAD_ARGUMENT;
  struct memory *m = object_create(KIND_MEMORY, sizeof *m, t->process->budget, &error);
  if (!m)
    return error;
  list_init(&m->quarantine);
  m->base = (frame)(a[1] / PAGE);
  m->bytes = a[2];
  m->committed = a[2] / PAGE;
  m->contiguous = true;
  m->source = MEMORY_FROM_DEVICE;
  m->cache = a[3] == DEVICE_MEMORY_WRITE_COMBINING ? 2 : 1;
  m->allowed = RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_READ | RIGHT_WRITE | RIGHT_MAP | RIGHT_INFO;
  return give_handle(t, &m->object, m->allowed);
}
