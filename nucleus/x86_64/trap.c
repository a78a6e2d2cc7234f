// Every entry from user mode and from idle arrives in serve_call() or trap(); both end in leave(),
// which picks what this processor does next. The processor's stack holds nothing between two
// entries.
#include "cpu.h"

/// A word of the thread's memory, by way of the physical map. False where there is none; a device's
/// registers (their entries have a cache attribute) may lie outside of that map and are not read.
static bool user_word(const struct thread *t, u64 at, u64 *word) {
  enum { ATTRIBUTES = 128 | 16 | 8 };
  u64 entry;
  frame f = space_lookup(t->process->space, at, &entry);
  if (!f || entry & ATTRIBUTES)
    return false;
  *word = *(u64 *)((u8 *)arch_frame_address(f) + (at & (PAGE - 1)));
  return true;
}

static void serve_fault(struct thread *t, struct registers *r) {
  u64 address = r->vector == VECTOR_PAGE_FAULT ? read_control(2) : 0, at = r->rbp, next;
  // bits of the error code: user mode writes to a page that is there
  if (address && (r->error & 7) == 7 && region_write(t->process, address))
    return;
  struct exit_report fault = {.vector = (u32)r->vector,
                              .error = (u32)r->error,
                              .address = address,
                              .instruction = r->rip,
                              .stack = r->rsp,
                              .flags = r->rflags};
  memcpy(fault.registers, r, sizeof fault.registers);
  // Return addresses through the frame pointers: a broken chain ends the list, nothing else.
  for (unsigned n = 0; n < 8 && at && !(at & 7) && at < ADDRESS_USER_END - 16; n++) {
    if (!user_word(t, at, &next) || !user_word(t, at + 8, &fault.frames[n]) || next <= at)
      break;
    at = next;
  }
  thread_fault(t, &fault);
}

static void run(struct cpu *c, struct thread *next, bool save) {
  if (save)
    vector_save(c->current);
  frame space = next ? next->process->space : nucleus_space;
  if (c->space != space) {
    c->space = space;
    paging_load(space);
    if (isolated)
      c->nucleus_root = (u64)space << 12, c->user_root = (u64)(space + 1) << 12;
  }
  if (next) {
    struct registers *r = next->registers;
    c->registers_end = (u64)(r + 1);
    // RSP0: the processor pushes right into it
    *(u64 *)(c->tss + 4) = isolated ? c->entry_stack : c->registers_end;
    vector_load(next);
  }
  c->current = next;
}

/// To user mode, the lock released.
static _Noreturn void go_on(struct thread *t) {
  struct registers *r = t->registers;
  if (r->vector == VECTOR_SYSCALL) {
    r->rax = (u64)t->result;
    r->rdx = t->second;
  }
  unlock();
  resume(r);
}

/// entry.asm: a system call.
_Noreturn void serve_call(struct registers *r) {
  struct cpu *c = this_cpu();
  lock();
  if (r->rax == SYS_SUBMIT_WAIT && direct_switch(c->current, &r->rdi)) {
    struct thread *next = sched_take_over(c->index);
    if (!next)
      leave();
    run(c, next, true);
    go_on(next);
  }
  if (syscall_run(c->current, r->rax, &r->rdi) == RESTART) {
    r->rip -= 2; // the `syscall` instruction again, with the registers it had
    r->vector = 0;
  }
  leave();
}

/// entry.asm: all else; interrupts off, on this processor's empty stack (or behind the frame of an
/// interrupt that woke the idle loop).
_Noreturn void trap(struct registers *r) {
  u64 vector = r->vector;
  bool user = r->cs & 3;
  if (vector == VECTOR_NMI || vector == VECTOR_DOUBLE || vector == VECTOR_MACHINE ||
      (!user && vector < 32))
    panic_fault(r);
  struct cpu *c = this_cpu();
  if (vector == VECTOR_FLUSH) {
    apic_end_of_interrupt();
    flush_check(c);
    if (user)
      resume(r);
    idle(c->stack_top);
  }
  if (vector == VECTOR_TIMER)
    c->timer_at = NEVER;
  lock();
  if (vector < 32) {
    serve_fault(c->current, r);
  } else if (vector != VECTOR_SPURIOUS) {
    apic_end_of_interrupt();
    if (vector >= VECTOR_ISA && vector <= VECTOR_LAST)
      interrupt_arrived((int)(vector - VECTOR_ISA));
  }
  leave();
}

_Noreturn void leave(void) {
  struct cpu *c = this_cpu();
  for (;;) {
    u64 now = arch_now();
    if (deadlines_first() <= now)
      deadlines_run(now);
    struct thread *before = c->current; // sched_pick frees it when it ends
    bool lives = before && before->state != THREAD_ENDED && before->process->state < PROCESS_ENDING;
    struct thread *next = sched_pick(c->index, before);
    if (next != before || !lives)
      run(c, next, lives);
    bool more = reap_slice();
    if (c->current) {
      apic_timer(sched_quantum_end(c->index));
      go_on(c->current);
    }
    if (!more) {
      apic_timer(sched_quantum_end(c->index));
      unlock();
      idle(c->stack_top);
    }
    unlock(); // others first, between two slices
    lock();
  }
}
