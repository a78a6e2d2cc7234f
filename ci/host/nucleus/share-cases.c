// Clones of sealed memory against a plain model: whatever is cloned, mapped, written, revoked and
// ended in which order, every mapping reads what a copy made at once would read, and all frames
// come back.
#include "machine.h"

enum { OBJECTS = 10, REGIONS = 14, PAGES = 12, CHILDREN = 2 };
static struct {
  s64 handle; // of init; 0 closed, while regions may keep it
  u32 pages, regions, writers;
  bool used, sealed;
  u8 value[PAGES];
} object[OBJECTS];
static struct {
  u32 of, place, pages, offset; // place: 0 init, else child
  u64 at, delegation;           // delegation: what takes it back, 0 none
  bool used, writable, revoked;
} region[REGIONS];
static struct thread *place[1 + CHILDREN];
static u32 process[1 + CHILDREN];

static u8 *page_at(u32 i, u32 page, u32 access) {
  double at =
      sim_translate(sim_id(place[region[i].place]), (double)(region[i].at + page * PAGE), access);
  return at < 0 ? 0 : (u8 *)arch_frame_address(0) + (u64)at;
}

static void look(u32 i) {
  for (u32 page = 0; page < region[i].pages && !region[i].revoked; page++) {
    const u8 *p = page_at(i, page, PROTECT_READ);
    u8 want = object[region[i].of].value[region[i].offset + page];
    check(p);
    check_equal(p[0], want);
    check_equal(p[PAGE - 1], want);
  }
}

static void write_one(u32 i) {
  u32 page = random_below(region[i].pages);
  u8 *p = page_at(i, page, PROTECT_WRITE), value = (u8)random_below(256);
  check_equal(p != 0, region[i].writable);
  if (!p)
    return;
  memset(p, value, PAGE);
  if (!region[i].revoked)
    object[region[i].of].value[region[i].offset + page] = value;
}

static void region_gone(u32 i) {
  u32 of = region[i].of;
  if (region[i].delegation)
    check_equal(sys(init, SYS_HANDLE_CLOSE, region[i].delegation), 0);
  if (!region[i].revoked) {
    object[of].writers -= region[i].writable;
    object[of].regions--;
    object[of].used = object[of].handle || object[of].regions;
  }
  region[i].used = false;
}

static void make(u32 i) {
  u32 from = random_below(OBJECTS), size = 1 + random_below(PAGES);
  object[i].sealed = false;
  object[i].regions = object[i].writers = 0;
  memset(object[i].value, 0, PAGES);
  if (random_below(4) && object[from].used && object[from].handle && from != i) {
    u32 offset = random_below(object[from].pages), left = object[from].pages - offset;
    u32 whole = random_below(left + 1), bytes = whole * PAGE;
    if (whole < left && random_below(3) == 0)
      bytes += 1 + random_below(PAGE - 1);
    u32 least = (bytes + PAGE - 1) / PAGE;
    size = least < size ? size : least ? least : 1;
    object[i].handle = sys(init, SYS_MEMORY_CLONE, (u64)object[from].handle, (u64)offset * PAGE,
                           (u64)whole * PAGE, (u64)size * PAGE);
    memcpy(object[i].value, object[from].value + offset, whole);
  } else {
    object[i].handle = sys(init, SYS_MEMORY_CREATE, (u64)size * PAGE, (u64)random_below(2));
  }
  check(object[i].handle > 0);
  object[i].pages = size;
  object[i].used = true;
}

static void seal(u32 i) {
  s64 s = sys(init, SYS_MEMORY_SEAL, (u64)object[i].handle, 0ull);
  if (object[i].writers) {
    check_equal(s, ERROR_BUSY);
    return;
  }
  check(s > 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)s), 0);
  object[i].sealed = true;
}

static void map(u32 i, u32 of) {
  u32 where = random_below(1 + CHILDREN);
  bool writable = random_below(3) != 0;
  u64 handle = (u64)object[of].handle, delegation = 0;
  region[i].offset = random_below(object[of].pages);
  region[i].pages = 1 + random_below(object[of].pages - region[i].offset);
  if (random_below(4) == 0) {
    handle = (u64)sys(init, SYS_DELEGATE, handle, (u64)RIGHT_ALL);
    delegation = init->second;
  }
  u64 protection = PROTECT_READ | (writable ? PROTECT_WRITE : 0);
  s64 at = sys(init, SYS_MEMORY_MAP, (u64)process[where], handle, 0ull,
               (u64)region[i].offset * PAGE, (u64)region[i].pages * PAGE, protection);
  if (writable && object[of].sealed) {
    check_equal(at, ERROR_BAD_STATE);
    if (delegation)
      check_equal(sys(init, SYS_HANDLE_CLOSE, delegation), 0);
    return;
  }
  check(at > 0);
  region[i].of = of, region[i].place = where, region[i].at = (u64)at;
  region[i].delegation = delegation;
  region[i].used = true, region[i].revoked = false, region[i].writable = writable;
  object[of].regions++;
  object[of].writers += writable;
}

static void revoke(u32 i) {
  u64 delegation = region[i].delegation;
  if (!delegation || region[i].revoked)
    return;
  u32 of = region[i].of;
  check_equal(sys(init, SYS_HANDLE_CLOSE, delegation), 0);
  region[i].delegation = 0, region[i].revoked = true;
  object[of].writers -= region[i].writable;
  object[of].regions--;
  object[of].used = object[of].handle || object[of].regions;
}

static void kill_child(u32 where) {
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process[where], 1ull), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process[where]), 0);
  settle();
  for (u32 i = 0; i < REGIONS; i++)
    if (region[i].used && region[i].place == where)
      region_gone(i);
}

static void step(void) {
  u32 o = random_below(OBJECTS), r = random_below(REGIONS);
  if (!object[o].used)
    return make(o);
  switch (random_below(16)) {
  case 0:
    if (object[o].handle)
      check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)object[o].handle), 0);
    object[o].handle = 0;
    object[o].used = object[o].regions;
    return;
  case 1:
  case 2:
    return object[o].handle ? seal(o) : (void)0;
  case 3:
    return region[r].used ? revoke(r) : (void)0;
  case 4:
    if (!region[r].used)
      return;
    check_equal(sys(init, SYS_MEMORY_UNMAP, (u64)process[region[r].place], region[r].at), 0);
    return region_gone(r);
  case 5:
    if (random_below(8))
      return;
    o = 1 + random_below(CHILDREN);
    kill_child(o);
    place[o] = child(given[HANDLE_BUDGET], &process[o]);
    return;
  default:
    if (region[r].used)
      return write_one(r);
    if (object[o].handle)
      map(r, o);
  }
}

/// What a clone costs before and after writes, and that a write always finds a frame.
static void costs(void) {
  u64 before = free_pages();
  s64 m = sys(init, SYS_MEMORY_CREATE, 64ull * PAGE, 0ull);
  s64 sealed = sys(init, SYS_MEMORY_SEAL, (u64)m, 0ull);
  u64 with = free_pages(), used = init->process->budget->used;
  s64 c = sys(init, SYS_MEMORY_CLONE, (u64)sealed, 0ull, 64ull * PAGE, 64ull * PAGE);
  check(with - free_pages() <= 1); // where the table of its frames lies
  check(init->process->budget->used - used >= 64 * PAGE);
  s64 at = sys(init, SYS_MEMORY_MAP, 0ull, (u64)c, 0ull, 0ull, 64ull * PAGE, 3ull);
  u64 mapped = free_pages();
  used = init->process->budget->used;
  for (u32 i = 0; i < 10; i++) {
    check(sim_translate(sim_id(init), (double)((u64)at + i * PAGE), PROTECT_READ) >= 0);
    check_equal(free_pages(), mapped - i);
    check(sim_translate(sim_id(init), (double)((u64)at + i * PAGE), PROTECT_WRITE) >= 0);
    check_equal(free_pages(), mapped - i - 1);
  }
  check_equal(init->process->budget->used, used); // all was paid for by then
  // the origin's last handle goes: it lives with the clone
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)m), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)sealed), 0);
  check_equal(free_pages(), mapped - 10);
  static frame taken[4000];
  u32 count = 0;
  while ((taken[count] = frames_find(0)))
    count++;
  check_equal(frames_free_count(), 54); // the pages that it shares still
  check_equal(promised_pages, 54);
  check_equal(sys(init, SYS_MEMORY_CLONE, (u64)c, 0ull, 1ull, 1ull), ERROR_NO_MEMORY);
  check(sim_translate(sim_id(init), (double)((u64)at + 20 * PAGE), PROTECT_WRITE) >= 0);
  check_equal(frames_free_count(), 53);
  while (count)
    frames_free(taken[--count], 0);
  check_equal(free_pages(), mapped - 11);
  // a second mapping ends the sharing
  s64 two = sys(init, SYS_MEMORY_MAP, 0ull, (u64)c, 0ull, 0ull, 64ull * PAGE, 1ull);
  check(two > 0);
  check(mapped - free_pages() >= 64);
  check_equal(sys(init, SYS_MEMORY_UNMAP, 0ull, (u64)two), 0);
  check_equal(sys(init, SYS_MEMORY_UNMAP, 0ull, (u64)at), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)c), 0);
  check(before - free_pages() <= 4); // page tables of init
  check_equal(promised_pages, 0);
}

void case_shares(u32 size) {
  machine_start(4000, 1 + CHILDREN);
  place[0] = init;
  costs();
  u64 before = free_pages();
  for (u32 i = 1; i <= CHILDREN; i++)
    place[i] = child(given[HANDLE_BUDGET], &process[i]);
  for (u32 i = 0; i < size; i++) {
    step();
    settle();
    for (u32 r = 0; r < REGIONS; r++)
      if (region[r].used)
        look(r);
  }
  for (u32 i = 0; i < REGIONS; i++)
    if (region[i].used && !region[i].place) {
      check_equal(sys(init, SYS_MEMORY_UNMAP, 0ull, region[i].at), 0);
      region_gone(i);
    }
  for (u32 i = 1; i <= CHILDREN; i++)
    kill_child(i);
  for (u32 i = 0; i < OBJECTS; i++)
    if (object[i].used && object[i].handle)
      check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)object[i].handle), 0);
  check(before - free_pages() <= 4);
  check_equal(promised_pages, 0);
}
