// The one lock of the nucleus. Held with interrupts off by whoever runs nucleus code, except
// idle and the first instructions of an entry. It goes to whoever runs, not to whoever came first
// (docs/decisions/004-lock.md). A processor that waits for it still answers flush
// requests, else the holder, who waits for them, would wait for ever.
#include "cpu.h"

static volatile u32 held;

void flush_check(struct cpu *c) {
  if (__atomic_load_n(&c->flush, __ATOMIC_ACQUIRE)) {
    write_control(3, read_control(3));
    __atomic_store_n(&c->flush, 0, __ATOMIC_RELEASE);
  }
}

void lock(void) {
  struct cpu *c = this_cpu();
  for (u32 turn = 1; held || __atomic_exchange_n(&held, 1, __ATOMIC_ACQUIRE); turn++) {
    flush_check(c);
    if (turn % 64 == 0)
      __asm__ volatile("pause");
  }
}

void unlock(void) { __atomic_store_n(&held, 0, __ATOMIC_RELEASE); }
