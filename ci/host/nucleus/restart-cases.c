// Calls that go on in slices, and what may change between two of them: a thread enters a call again
// by its own text, and that can be mapped anew; a handle's number can come to name another object,
// when a loan of vaults ends.
#include "machine.h"

/// One slice of a call.
static s64 slice(struct thread *t, u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  const u64 argument[6] = {a, b, c, d, e, f};
  sim_on_cpu(t->cpu);
  return syscall_run(t, number, argument);
}

enum { BYTES = 1000 * PAGE };

/// memory_map into another process, and memory_create, are left in their midst for each other call.
static void other_calls(void) {
  u32 process;
  struct thread *t = child(given[HANDLE_BUDGET], &process);
  (void)t;
  s64 m = sys(init, SYS_MEMORY_CREATE, (u64)BYTES, 0ull);
  u64 before = free_pages();
  for (u32 round = 0; round < 2; round++) {
    u64 at = 0x20000000ull + round * 2 * BYTES;
    check_equal(slice(init, SYS_MEMORY_MAP, process, (u64)m, at, 0, BYTES, PROTECT_READ), RESTART);
    if (!round)
      check_equal(sys(init, SYS_BUDGET_INFO, 0x12345ull), ERROR_BAD_HANDLE);
    s64 small = sys(init, SYS_MEMORY_CREATE, (u64)PAGE, 0ull);
    check_equal(sys(init, SYS_MEMORY_INFO, (u64)small), PAGE);
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)small), 0);
    check_equal(sys(init, SYS_MEMORY_UNMAP, (u64)process, at), 0);
  }
  check_equal(slice(init, SYS_MEMORY_CREATE, BYTES, 0, 0, 0, 0, 0), RESTART);
  s64 at = sys(init, SYS_MEMORY_MAP, (u64)process, (u64)m, 0ull, 0ull, (u64)BYTES, 1ull);
  check_equal(at, ADDRESS_SHARED);
  check_equal(sys(init, SYS_MEMORY_UNMAP, (u64)process, (u64)at), 0);
  check(before - free_pages() <= 8); // page tables of the process
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)m), 0);
}

/// A process clones sealed memory while its vault is another one, lent for a time. When the loan
/// ends in the midst of that, the number names memory that is not sealed: none of its frames is
/// shared, for it may give them back at any moment.
static void loans(void) {
  u32 lender, borrower;
  struct thread *a = child(given[HANDLE_BUDGET], &lender);
  struct thread *b = child(given[HANDLE_BUDGET], &borrower);
  s64 open = sys(a, SYS_MEMORY_CREATE, (u64)BYTES, 0ull);
  s64 raw = sys(b, SYS_MEMORY_CREATE, (u64)BYTES, 0ull);
  s64 sealed = sys(b, SYS_MEMORY_SEAL, (u64)raw, 0ull);
  check_equal(sys(b, SYS_HANDLE_CLOSE, (u64)raw), 0);
  raw = sys(b, SYS_HANDLE_DUPLICATE, (u64)sealed, (u64)RIGHT_ALL, 0ull);
  u32 pa = port_of(a), pb = port_of(b);
  check_equal(sys(a, SYS_HANDLE_CLOSE, (u64)open), 0); // the numbers of both shall be equal
  open = sys(a, SYS_MEMORY_CREATE, (u64)BYTES, 0ull);
  while (open != raw) {
    bool behind = (u64)open >> LIMIT_HANDLE_INDEX_BITS < (u64)raw >> LIMIT_HANDLE_INDEX_BITS;
    s64 *late = behind ? &open : &raw;
    struct thread *t = behind ? a : b;
    check_equal(sys(t, SYS_HANDLE_CLOSE, (u64)*late), 0);
    *late = behind ? sys(t, SYS_MEMORY_CREATE, (u64)BYTES, 0ull)
                   : sys(t, SYS_HANDLE_DUPLICATE, (u64)sealed, (u64)RIGHT_ALL, 0ull);
    check((open & 0x3fff) == (raw & 0x3fff));
  }
  sys(a, SYS_SUBMIT_WAIT, (u64)pa, 0ull, test_now + 1000);
  sys(b, SYS_SUBMIT_WAIT, (u64)pb, 0ull, NEVER);
  check_equal(sys(init, SYS_VAULT_LEND, (u64)lender, (u64)borrower), 0);
  advance(2000);
  check_equal(a->state, THREAD_RUNNING);
  check_equal(slice(a, SYS_MEMORY_CLONE, (u64)raw, 0, BYTES, BYTES, 0, 0), RESTART);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)borrower, 1ull), 0);
  settle();
  s64 clone = sys(a, SYS_MEMORY_CLONE, (u64)raw, 0ull, (u64)BYTES, (u64)BYTES);
  check_equal(clone, ERROR_BAD_STATE);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)lender, 1ull), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)lender), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)borrower), 0);
}

void case_restarts(u32 size) {
  machine_start(12000, 3);
  u64 pages = 0;
  for (u32 i = 0; i < size; i++) {
    other_calls();
    loans();
    u64 now = free_pages();
    check(i < 2 || now == pages);
    pages = now;
  }
}
