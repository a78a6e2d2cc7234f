// The one ticket lock of the nucleus. Held with interrupts off by whoever runs nucleus code, except
// idle and the first instructions of an entry. A processor that waits for it still answers flush
// requests, else the holder, who waits for them, would wait for ever.
#include "cpu.h"

static volatile u32 next_ticket, now_serving;

void flush_check(struct cpu *c) {
  if (__atomic_load_n(&c->flush, __ATOMIC_ACQUIRE)) {
    write_control(3, read_control(3));
    __atomic_store_n(&c->flush, 0, __ATOMIC_RELEASE);
  }
}

void lock(void) {
  u32 ticket = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_RELAXED);
  struct cpu *c = this_cpu();
  while (__atomic_load_n(&now_serving, __ATOMIC_ACQUIRE) != ticket) {
    flush_check(c);
    __asm__ volatile("pause");
  }
}

void unlock(void) { __atomic_store_n(&now_serving, now_serving + 1, __ATOMIC_RELEASE); }
