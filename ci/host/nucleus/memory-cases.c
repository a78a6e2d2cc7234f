// Frames, slab heap, pairing heap, vault, budgets and memory objects, each against a plain model.
#include "machine.h"

enum { POOL = 3000, HELD = 200 };
struct held {
  u64 at; // frame, or address of a block
  u32 size;
};

/// One random history; returns a digest of every answer.
static u64 frames_history(u64 from, u32 steps, bool model) {
  static u8 used[POOL + 1];
  static u8 metadata[1 << 16] __attribute__((aligned(8)));
  struct held held[HELD];
  u32 count = 0;
  u64 state = from, digest = 1469598103934665603ull;
  check(frames_metadata(POOL) <= 2 * POOL && frames_metadata(POOL) <= sizeof metadata);
  frames_init(metadata, 0, POOL);
  memset(used, 1, sizeof used);
  frames_release(5, 1500);
  frames_release(1600, POOL - 1600);
  memset(used + 5, 0, 1500);
  memset(used + 1600, 0, POOL - 1600);
  u64 all = frames_free_count();
  check_equal(all, 1500 + POOL - 1600);
  for (u32 i = 0; i < steps; i++) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    u32 choice = (u32)(state >> 33);
    if (count < HELD && choice % 5 < 3) {
      unsigned order = choice / 5 % 7 ? choice / 35 % 3 : choice / 35 % 11;
      frame f = frames_allocate(order);
      digest = (digest ^ f) * 1099511628211ull;
      if (model) { // the lowest aligned run that is free as a whole
        u32 want = 0;
        for (u32 at = 1u << order; !want && at + (1u << order) <= POOL; at += 1u << order)
          if (!memchr(used + at, 1, 1u << order))
            want = at;
        if (!want && order < 3 && !memchr(used, 1, 1u << order))
          want = 0;
        check_equal(f, want);
        memset(used + f, f ? 1 : used[0], f ? 1u << order : 1);
      }
      if (f)
        held[count++] = (struct held){f, order};
    } else if (count) {
      u32 k = choice / 5 % count;
      frames_free((frame)held[k].at, held[k].size);
      memset(used + held[k].at, 0, 1u << held[k].size);
      held[k] = held[--count];
    }
  }
  while (count) {
    count--;
    frames_free((frame)held[count].at, held[count].size);
  }
  check_equal(frames_free_count(), all);
  return digest;
}

void case_frames(u32 size) {
  for (u32 i = 0; i < 4; i++) {
    u64 first = frames_history(seed + i, size, true);
    check(first == frames_history(seed + i, size, false));
  }
  frame f = frames_allocate(3);
  check_panics(frames_free(f + 1, 3));
  frames_free(f, 3);
  check_panics(frames_free(f, 3));
  check_panics(frames_free(f + 2, 0));
  check_panics(frames_free(POOL + 4000, 0));
  frame five = frames_allocate(3);
  frames_free_range(five + 5, 3);
  check_panics(frames_free(five, 3));
  frames_free_range(five, 5);
}

void case_slab(u32 size) {
  machine_start(4000, 1);
  u64 before = free_pages();
  struct {
    u8 *at;
    u32 bytes;
    u8 fill;
  } held[300];
  u32 count = 0;
  for (u32 i = 0; i < size; i++) {
    if (count < 300 && random_below(5) < 3) {
      u32 bytes = 1 + random_below(random_below(4) ? 300 : PAGE);
      u8 *p = slab_allocate(bytes), fill = (u8)random_below(256);
      check(p && slab_block_bytes(bytes) >= bytes);
      for (u32 j = 0; j < bytes; j++)
        check(!p[j]);
      memset(p, fill, slab_block_bytes(bytes));
      held[count].at = p;
      held[count].fill = fill;
      held[count++].bytes = (u32)slab_block_bytes(bytes);
    } else if (count) {
      u32 k = random_below(count);
      for (u32 j = 0; j < held[k].bytes; j++)
        check_equal(held[k].at[j], held[k].fill);
      slab_free(held[k].at);
      held[k] = held[--count];
    }
  }
  while (count)
    slab_free(held[--count].at);
  check_equal(free_pages(), before);
  u8 *p = slab_allocate(100), *q = slab_allocate(100);
  slab_free(p);
  check_panics(slab_free(p));
  check_panics(slab_free(q + 8));
  check_panics(slab_free(arch_frame_address(4010) + 64));
  slab_free(q);
}

void case_heap(u32 size) {
  enum { NODES = 100 };
  struct heap h = {0};
  struct heap_node node[NODES];
  memset(node, 0, sizeof node);
  for (u32 i = 0; i < size; i++) {
    struct heap_node *n = &node[random_below(NODES)];
    if (heap_contains(&h, n))
      heap_remove(&h, n);
    else
      heap_insert(&h, n, random_below(20));
    struct heap_node *least = 0;
    for (u32 j = 0; j < NODES; j++)
      if (heap_contains(&h, &node[j]) &&
          (!least || node[j].key < least->key ||
           (node[j].key == least->key && node[j].sequence < least->sequence)))
        least = &node[j];
    check(heap_first(&h) == least);
  }
}

void case_vault(u32 size) {
  machine_start(4000, 1);
  struct vault *v = vault_create(root_budget);
  struct object *o = object_create(KIND_SYSTEM, 0, 0);
  u32 number[300] = {0}, dead[300] = {0};
  for (u32 i = 0; i < size; i++) {
    u32 k = random_below(300);
    if (number[k]) {
      struct slot *s = vault_find(v, number[k], KIND_SYSTEM, (u16)k);
      check(s && s->badge == k);
      check(!vault_find(v, number[k], KIND_PORT, 0) && failure == ERROR_WRONG_KIND);
      check(!vault_find(v, number[k], 0, (u16)(k ^ 512)) && failure == ERROR_NO_RIGHT);
      check(vault_remove(v, number[k]).object == o);
      dead[k] = number[k];
      number[k] = 0;
    } else {
      u32 lowest = 0; // the lowest index that nothing holds
      for (bool again = true; again;) {
        again = false;
        for (u32 j = 0; j < 300; j++)
          if (number[j] && (number[j] & 0x3fff) == lowest) {
            lowest++;
            again = true;
          }
      }
      number[k] = vault_insert(v, o, (u16)k, k);
      check_equal(number[k] & 0x3fff, lowest);
      check(!dead[k] || number[k] != dead[k]);
    }
    if (dead[k] && !number[k])
      check(!vault_find(v, dead[k], 0, 0) && failure == ERROR_BAD_HANDLE);
  }
  for (u32 k = 0; k < 300; k++)
    if (number[k])
      vault_remove(v, number[k]);
  check_equal(vault_count(v), 0);
  u32 last = 0, first_index = vault_insert(v, o, 0, 0) & 0x3fff; // wears the slot out
  for (u32 handle = first_index | 1u << 14;;) {
    struct slot *s = 0;
    for (u32 g = last + 1; !s && g < 1u << 18; g++)
      s = vault_find(v, handle = first_index | g << 14, 0, 0);
    if (!s)
      break;
    last = s->generation;
    vault_remove(v, handle);
    u32 next = vault_insert(v, o, 0, 0);
    if ((next & 0x3fff) != first_index) {
      check_equal(last, (1 << 18) - 1); // retired, never to name anything again
      vault_remove(v, next);
      break;
    }
  }
  u32 full = 0;
  while (vault_insert(v, o, 0, 0))
    full++;
  check_equal(failure, ERROR_NO_HANDLE_SLOT);
  check_equal(full, (1 << 14) - 1);
  o->handles += 20000; // vault_clear lets go of what was put in uncounted
  o->references += 20000;
  u32 at = 0;
  while (!vault_clear(v, ~0u, &at))
    ;
  check_equal(vault_count(v), 0);
  vault_free(v);
}

void case_budget(u32 size) {
  machine_start(4000, 2);
  u64 before = free_pages();
  u32 outer = budget_of(300 * PAGE), process;
  s64 inner = sys(init, SYS_BUDGET_CREATE, (u64)outer, 10000ull * PAGE);
  check(inner > 0);
  struct thread *t = child((u32)inner, &process);
  u64 held = 0, pages[64];
  s64 memory[64];
  for (u32 i = 0; i < size; i++) {
    u32 k = random_below(64);
    if (held >> k & 1) {
      check_equal(sys(t, SYS_HANDLE_CLOSE, (u64)memory[k]), 0);
      held &= ~(1ull << k);
      continue;
    }
    pages[k] = 1 + random_below(40);
    s64 used = t->process->budget->used;
    memory[k] = sys(t, SYS_MEMORY_CREATE, pages[k] * PAGE, (u64)random_below(2));
    if (memory[k] < 0)
      check(memory[k] == ERROR_BUDGET_EMPTY && used + (s64)(pages[k] + 1) * PAGE > 300 * PAGE);
    else
      held |= 1ull << k;
    settle();
    check(t->process->budget->parent->used <= 300 * PAGE);
    check_equal(t->process->budget->used, t->process->budget->parent->used);
  }
  check_equal(sys(t, SYS_BUDGET_INFO, (u64)inner), ERROR_BAD_HANDLE);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  settle();
  check_equal(sys(init, SYS_BUDGET_INFO, (u64)outer), 300 * PAGE);
  check_equal(init->second, 0); // everything was given back
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)inner), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)outer), 0);
  check_equal(free_pages(), before);
}

static u8 *at_address(struct thread *t, u64 address, u32 access) {
  double physical = sim_translate(sim_id(t), (double)address, access);
  return physical < 0 ? 0 : (u8 *)arch_frame_address(0) + (u64)physical;
}

void case_memory(u32 size) {
  machine_start(8000, 2);
  u64 before = free_pages();
  u32 process;
  struct thread *t = child(given[HANDLE_BUDGET], &process);
  (void)size;
  const u64 bytes = 3000 * PAGE;
  s64 m = sys(t, SYS_MEMORY_CREATE, bytes - 5, 0ull);
  check_equal(sys(t, SYS_MEMORY_INFO, (u64)m), bytes);
  s64 at = sys(t, SYS_MEMORY_MAP, 0ull, (u64)m, 0ull, 0ull, bytes, 3ull);
  check_equal(at, ADDRESS_SHARED);
  for (u64 page = 0; page < 3000; page++) {
    u8 *p = at_address(t, (u64)at + page * PAGE, PROTECT_READ | PROTECT_WRITE);
    check(p && !p[0] && !p[PAGE - 1]);
    memset(p, (int)page & 255, PAGE);
  }
  check(!at_address(t, (u64)at + bytes, 0) && !at_address(t, (u64)at, PROTECT_EXECUTE));
  s64 c = sys(t, SYS_MEMORY_CLONE, (u64)m, 7ull * PAGE, 20 * PAGE + 9ull, 30ull * PAGE);
  s64 copy = sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0x12340000ull, 0ull, 30ull * PAGE, 1ull);
  check_equal(copy, 0x12340000);
  check(!at_address(t, (u64)copy, PROTECT_WRITE));
  for (u32 i = 0; i < 30 * PAGE; i++) {
    u8 *p = at_address(t, (u64)copy + i, PROTECT_READ);
    check_equal(*p, i < 20 * PAGE + 9 ? 7 + i / PAGE : 0);
  }
  // errors
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0x12341000ull, 0ull, 4096ull, 1ull),
              ERROR_NO_ADDRESS_SPACE);
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0x1000ull, 0ull, 4096ull, 1ull),
              ERROR_NO_ADDRESS_SPACE);
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, ADDRESS_BUFFERS, 0ull, 4096ull, 1ull),
              ERROR_NO_ADDRESS_SPACE);
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, ADDRESS_USER_END - PAGE, 0ull, 8192ull, 1ull),
              ERROR_NO_ADDRESS_SPACE);
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0ull, 0ull, 4096ull, 7ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0ull, 0ull, 4096ull, 5ull), ERROR_NO_RIGHT);
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0ull, 30ull * PAGE, 4096ull, 1ull),
              ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0ull, 4096ull, ~0ull & ~4095ull, 1ull),
              ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_MEMORY_CREATE, 0ull, 0ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_MEMORY_CREATE, ~0ull, 0ull), ERROR_TOO_LARGE);
  check_equal(sys(t, SYS_MEMORY_CREATE, 5ull << 20, 1ull), ERROR_TOO_LARGE);
  check_equal(sys(t, SYS_MEMORY_CREATE, 8000ull * PAGE, 0ull), ERROR_BUDGET_EMPTY);
  s64 run = sys(t, SYS_MEMORY_CREATE, 700ull * PAGE, 1ull);
  check(run > 0);
  // a region keeps its object; the address is free again after unmapping
  check_equal(sys(t, SYS_HANDLE_CLOSE, (u64)m), 0);
  settle();
  check_equal(*at_address(t, (u64)at + 77 * PAGE, 1), 77);
  check_equal(sys(t, SYS_MEMORY_UNMAP, 0ull, (u64)at + PAGE), ERROR_NOT_FOUND);
  check_equal(sys(t, SYS_MEMORY_UNMAP, 0ull, (u64)at), 0);
  check(!at_address(t, (u64)at, 0) && !at_address(t, (u64)at + bytes - PAGE, 0));
  check_equal(sys(t, SYS_MEMORY_MAP, 0ull, (u64)c, 0ull, PAGE, 8192ull, 3ull), at);
  // the handle that names the process goes while the mapping is under way: it is made all the same
  s64 other = sys(init, SYS_HANDLE_DUPLICATE, (u64)process, 4095ull, 0ull);
  s64 large = sys(init, SYS_MEMORY_CREATE, 200 * PAGE, 0ull);
  u64 wish[] = {(u64)other, (u64)large, 0x70000000, 0, 200 * PAGE, PROTECT_READ};
  sim_on_cpu(init->cpu);
  check_equal(syscall_run(init, SYS_MEMORY_MAP, wish), RESTART);
  slot_close(vault_remove(init->process->vault, (u32)other));
  s64 result;
  while ((result = syscall_run(init, SYS_MEMORY_MAP, wish)) == RESTART)
    ;
  check_equal(result, 0x70000000);
  check(at_address(t, 0x70000000 + 199 * PAGE, PROTECT_READ));
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)large), 0);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(free_pages(), before);
}
