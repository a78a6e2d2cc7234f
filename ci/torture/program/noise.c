#include "noise.h"

volatile u32 pool[POOL], ends[ENDS], replies[REPLIES];
volatile u64 regions[REGIONS];

static void put(struct noise *n, volatile u32 *place, u32 handle) {
  if (*place && below(&n->random, 4)) // else it may be lost, as in real life
    TRY(SYS_HANDLE_CLOSE, *place, 0, 0, 0, 0, 0);
  *place = handle;
}

void noise_keep(struct noise *n, u32 handle) {
  struct random *r = &n->random;
  switch (TRY(SYS_HANDLE_INFO, handle, 0, 0, 0, 0, 0) & 0xff) {
  case KIND_ENDPOINT:
    if (n->port && below(r, 4))
      TRY(SYS_BIND, handle, n->port, random_u64(r), 0, 0, 0);
    return put(n, &ends[below(r, ENDS)], handle);
  case KIND_REPLY:
    return put(n, &replies[below(r, REPLIES)], handle);
  default:
    put(n, &pool[below(r, POOL)], handle);
  }
}

static u64 some_handle(struct noise *n) {
  struct random *r = &n->random;
  u32 handle = below(r, 8)   ? pool[below(r, POOL)]
               : below(r, 2) ? ends[below(r, ENDS)]
                             : replies[below(r, REPLIES)];
  if (!n->wild || below(r, 8))
    return below(r, 6) || !n->port ? handle : n->port;
  switch (below(r, 4)) {
  case 0:
    return handle ^ 1ull << below(r, 33);
  case 1:
    return below(r, 1 << LIMIT_HANDLE_INDEX_BITS) | (1 + below(r, 4)) << LIMIT_HANDLE_INDEX_BITS;
  case 2:
    return (u32)random_u64(r);
  default:
    return random_u64(r);
  }
}

static u64 some_address(struct noise *n) {
  static const u64 known[] = {ADDRESS_USER_BASE,
                              ADDRESS_ENGINE,
                              ADDRESS_HEAP,
                              ADDRESS_SHARED,
                              ADDRESS_SHARED_END - PAGE,
                              ADDRESS_BUFFERS,
                              ADDRESS_STACK_TOP,
                              ADDRESS_USER_END - PAGE,
                              ADDRESS_USER_END,
                              1ull << 47,
                              0xffff800000000000,
                              0xffffffff80000000,
                              ~0ull,
                              0};
  struct random *r = &n->random;
  u64 base = known[below(r, sizeof known / sizeof *known)];
  return below(r, 3) ? ADDRESS_HEAP + PAGE * (u64)below(r, 256) : base + PAGE * (u64)below(r, 4);
}

static u64 some_value(struct noise *n) {
  struct random *r = &n->random;
  switch (below(r, n->wild ? 8 : 5)) {
  case 0:
    return below(r, 16);
  case 1:
    return PAGE * (u64)below(r, 20);
  case 2:
    return below(r, 4096);
  case 3:
    return some_handle(n);
  case 4:
    return some_address(n);
  case 5:
    return 1ull << below(r, 64);
  case 6:
    return ~0ull - below(r, 4);
  default:
    return random_u64(r);
  }
}

static u64 some_end(struct noise *n) {
  return below(&n->random, 8) ? ends[below(&n->random, ENDS)] : some_handle(n);
}

static u64 soon(struct noise *n) { return now() + below(&n->random, 300000); }

/// Entries in the submit area: mostly well-formed. Returns their bytes.
static u32 compose(struct noise *n) {
  struct random *r = &n->random;
  u8 *area = n->buffer + LIMIT_SUBMIT_OFFSET;
  u32 used = 0;
  if (n->wild && !below(r, 8)) {
    for (; used < 512; used += 8)
      *(u64 *)(area + used) = random_u64(r);
    return used;
  }
  for (u32 count = 1 + below(r, 4); count--;) {
    struct submission *s = (struct submission *)(area + used);
    u32 handles = below(r, 2) ? 0 : below(r, n->wild ? 10 : 5);
    u32 length = below(r, 5) ? below(r, 300) : below(r, 4200);
    *s = (struct submission){.operation = (u16)(1 + below(r, n->wild && !below(r, 9) ? 9 : 4)),
                             .handles = (u16)handles,
                             .handle = (u32)some_handle(n),
                             .cookie = below(r, 8),
                             .deadline = below(r, 3) ? soon(n) : 0,
                             .length = length,
                             .port = n->port && below(r, 4) ? n->port : (u32)some_handle(n)};
    if (s->operation == OP_SEND || s->operation == OP_CALL)
      s->handle = (u32)some_end(n);
    else if (s->operation == OP_REPLY && below(r, 8))
      s->handle = replies[below(r, REPLIES)];
    s->size = (sizeof(struct submission) + handles * 8 + length + 7) & ~7u;
    for (u32 i = 0; i < handles; i++) {
      u32 *h = (u32 *)(body_of(s) + 8 * i);
      h[0] = (u32)(below(r, 3) ? some_handle(n) : some_end(n));
      bool copy = (!n->wild && h[0] == n->port) || below(r, 2);
      h[1] = (below(r, 3) ? RIGHT_ALL : (u32)random_u64(r)) | (copy ? TRANSFER_COPY : 0);
    }
    used += s->size;
    if (n->wild && !below(r, 16))
      s->size ^= 1u << below(r, 16);
  }
  return used;
}

/// A submission and a wait without a deadline: what may become a direct switch. The timer ends it.
static u32 submit_and_wait(struct noise *n, u32 bytes) {
  TRY(SYS_TIMER_SET, n->timer, soon(n), 0, 0, 0, 0);
  s64 result = TRY(SYS_SUBMIT_WAIT, n->port, bytes, NEVER, 0, 0, 0);
  return result < 0 ? 0 : (u32)result;
}

/// Answers in one of several ways, or not at all; bytes of events where it waited for some.
static u32 answer(struct noise *n, u32 reply, bool last) {
  struct submission *s = submit_area(n->buffer);
  u32 what = below(&n->random, 5);
  if (what == 0) {
    noise_keep(n, reply);
    return 0;
  }
  if (what == 1) {
    TRY(SYS_HANDLE_CLOSE, reply, 0, 0, 0, 0, 0);
    return 0;
  }
  *s = (struct submission){
      .size = sizeof(struct submission) + 8, .operation = OP_REPLY, .handle = reply};
  if (what == 2) {
    s->handles = 1;
    ((u32 *)body_of(s))[0] = pool[below(&n->random, POOL)];
    ((u32 *)body_of(s))[1] = RIGHT_ALL | TRANSFER_COPY;
  }
  if (last && n->timer)
    return submit_and_wait(n, s->size);
  TRY(SYS_SUBMIT_WAIT, 0, s->size, 0, 0, 0, 0);
  return 0;
}

static void use_events(struct noise *n, u32 bytes) {
  const u8 *at = n->buffer + LIMIT_EVENT_OFFSET + sizeof(struct wait);
  for (u32 turns = 0; bytes && turns < 8; turns++) {
    u32 reply[8], count = 0;
    for (u32 used = 0; used < bytes;) {
      const struct event *e = (const struct event *)(at + used);
      if (e->size < sizeof(struct event) || e->size > bytes - used || e->type > EVENT_START) {
        n->violation = SYS_SUBMIT_WAIT + 1;
        n->result = e->type;
        return;
      }
      n->seen[e->type == EVENT_REPLY && !e->status ? 0 : e->type]++;
      for (u32 i = 0; i < e->handles; i++)
        noise_keep(n, ((const u32 *)body_of(e))[i]);
      if (e->type == EVENT_CALL && count < 8)
        reply[count++] = e->reply;
      used += e->size;
    }
    bytes = 0;
    for (u32 i = 0; i < count && !bytes; i++)
      bytes = answer(n, reply[i], i + 1 == count);
  }
}

/// One short call or message without handles, and the wait: a direct switch where someone waits for
/// it.
static void direct(struct noise *n) {
  struct submission *s = submit_area(n->buffer);
  u32 length = below(&n->random, 200);
  *s = (struct submission){.size = (sizeof(struct submission) + length + 7) & ~7u,
                           .operation = below(&n->random, 4) ? OP_CALL : OP_SEND,
                           .handle = (u32)some_end(n),
                           .length = length,
                           .port = n->port};
  use_events(n, submit_and_wait(n, s->size));
}

static void short_thread(u8 *b, u64 seed) {
  struct noise n = {.random = random_from(seed), .buffer = b};
  for (u32 i = 0; i < 30; i++)
    noise_step(&n);
}

/// With nothing but what a process makes for itself: may this have succeeded?
static bool allowed(u64 number, const u64 *a, s64 result) {
  const u32 own = 1 << KIND_DELEGATION | 1 << KIND_ENDPOINT | 1 << KIND_REPLY | 1 << KIND_PORT |
                  1 << KIND_MEMORY | 1 << KIND_TIMER;
  switch (number) {
  case SYS_HANDLE_INFO:
    return own >> (result & 31) & 1;
  case SYS_MEMORY_MAP:
    return !a[0] && !(a[5] & PROTECT_EXECUTE) && (u64)result >= ADDRESS_USER_BASE &&
           (u64)result < ADDRESS_USER_END &&
           ((u64)result < ADDRESS_BUFFERS || (u64)result >= ADDRESS_BUFFERS + (256 << 17));
  case SYS_MEMORY_UNMAP:
  case SYS_PROCESS_INFO:
    return !a[0];
  case SYS_SUBMIT_WAIT:
  case SYS_HANDLE_CLOSE:
  case SYS_HANDLE_DUPLICATE:
  case SYS_CHANNEL_CREATE:
  case SYS_PORT_CREATE:
  case SYS_BIND:
  case SYS_TIMER_CREATE:
  case SYS_TIMER_SET:
  case SYS_MEMORY_CREATE:
  case SYS_MEMORY_CLONE:
  case SYS_MEMORY_INFO:
  case SYS_THREAD_CREATE:
  case SYS_CLOCK:
  case SYS_HANDLE_NEXT:
  case SYS_DELEGATE:
  case SYS_MEMORY_SEAL:
    return true;
  default:
    return false;
  }
}

static void judge(struct noise *n, u64 number, const u64 *a, s64 result) {
  if (result < 0 ? result >= ERROR_UNKNOWN_CALL : !n->wild || allowed(number, a, result))
    return;
  n->violation = number + 1;
  n->result = result;
  memcpy(n->arguments, a, sizeof n->arguments);
}

/// What is wanted most often in a storm: the calls that move something.
static u64 some_call(struct noise *n) {
  static const u8 usual[] = {
      SYS_SUBMIT_WAIT,    SYS_SUBMIT_WAIT,      SYS_SUBMIT_WAIT,  SYS_SUBMIT_WAIT,
      SYS_HANDLE_CLOSE,   SYS_HANDLE_DUPLICATE, SYS_HANDLE_INFO,  SYS_BIND,
      SYS_CHANNEL_CREATE, SYS_TIMER_CREATE,     SYS_TIMER_SET,    SYS_MEMORY_CREATE,
      SYS_MEMORY_CLONE,   SYS_MEMORY_MAP,       SYS_MEMORY_UNMAP, SYS_THREAD_CREATE,
      SYS_PORT_CREATE,    SYS_PROCESS_INFO,     SYS_DELEGATE,     SYS_MEMORY_SEAL};
  struct random *r = &n->random;
  if (!n->wild || below(r, 2))
    return usual[below(r, sizeof usual)];
  return below(r, 32) ? below(r, SYS_COUNT + 2) : random_u64(r);
}

void noise_step(struct noise *n) {
  struct random *r = &n->random;
  u64 number = some_call(n), second, a[6];
  if (number == SYS_PROCESS_EXIT || number == SYS_THREAD_EXIT)
    return;
  if (n->timer && number == SYS_SUBMIT_WAIT && below(r, 2))
    return direct(n);
  for (u32 i = 0; i < 6; i++)
    a[i] = some_value(n);
  if (number != SYS_MEMORY_CREATE && number != SYS_MEMORY_MAP && below(r, 8))
    a[0] = some_handle(n);
  if (number == SYS_SUBMIT_WAIT) {
    u32 bytes = below(r, 2) ? compose(n) : 0;
    // a wait on the port of another would take the event that ends the other's wait
    a[0] = !n->wild || below(r, 8) ? n->port : a[0];
    a[1] = n->wild && !below(r, 8) ? a[1] : bytes;
    a[2] = below(r, 2) ? 0 : soon(n);
  } else if (number == SYS_BIND) {
    a[1] = below(r, 8) ? n->port : a[1];
  } else if (number == SYS_TIMER_SET) {
    a[1] = below(r, 4) ? soon(n) : a[1];
  } else if (number == SYS_MEMORY_CREATE && (!n->wild || below(r, 4))) {
    a[0] = PAGE * (1 + (u64)below(r, 40));
    a[1] = below(r, 2);
  } else if (number == SYS_MEMORY_CLONE && (!n->wild || below(r, 4))) {
    a[1] = PAGE * (u64)below(r, 4);
    a[2] = below(r, 2 * PAGE);
    a[3] = a[2] + below(r, 8 * PAGE);
  } else if (number == SYS_MEMORY_MAP && (!n->wild || below(r, 4))) {
    a[0] = 0;
    a[1] = some_handle(n);
    a[2] = below(r, 3) ? 0 : some_address(n);
    a[3] = below(r, 3) ? 0 : PAGE * (u64)below(r, 4);
    a[4] = PAGE * (1 + (u64)below(r, 8));
    a[5] = below(r, 4) ? PROTECT_READ | PROTECT_WRITE : below(r, 16);
  } else if (number == SYS_MEMORY_UNMAP) {
    a[0] = 0;
    a[1] = below(r, 64) || !n->wild ? regions[below(r, REGIONS)] : some_address(n);
  } else if (number == SYS_THREAD_CREATE && (!n->wild || below(r, 256))) {
    if (!below(r, 4))
      thread(short_thread, random_u64(r), below(r, cpus + 1));
    return;
  }
  if (number == SYS_HANDLE_CLOSE && a[0] == n->port && !n->wild)
    return; // it would hear nothing more
  s64 result = system_call(number, a[0], a[1], a[2], a[3], a[4], a[5], &second);
  judge(n, number, a, result);
  if (result <= 0)
    return;
  if (number == SYS_SUBMIT_WAIT)
    return use_events(n, (u32)result);
  if (number == SYS_MEMORY_MAP)
    regions[below(r, REGIONS)] = (u64)result;
  else if (number == SYS_HANDLE_DUPLICATE || number == SYS_CHANNEL_CREATE ||
           number == SYS_PORT_CREATE || number == SYS_TIMER_CREATE || number == SYS_MEMORY_CREATE ||
           number == SYS_MEMORY_CLONE || number == SYS_DELEGATE || number == SYS_MEMORY_SEAL)
    noise_keep(n, (u32)result);
  if (number == SYS_CHANNEL_CREATE || number == SYS_DELEGATE)
    noise_keep(n, (u32)second);
}
