// Stubs and threads: what every process of the program uses.
#include "system.h"

u8 *buffer;

void exit_process(s32 code) {
  for (;;)
    TRY(SYS_PROCESS_EXIT, code, 0, 0, 0, 0, 0);
}

void call_failed(const char *file, int line, s64 result) {
  if (first[0]) { // the first process: its end would be the system's
    say("# Bail out! %s:%u: %d", file, (u64)line, result);
    for (;;)
      TRY(SYS_SUBMIT_WAIT, exit_port, 0, NEVER, 0, 0, 0);
  }
  exit_process(line * 100 + (s32)-result);
}

void channel(u32 out[2]) {
  u64 second;
  out[0] =
      (u32)must(__FILE__, __LINE__, system_call(SYS_CHANNEL_CREATE, 0, 0, 0, 0, 0, 0, &second));
  out[1] = (u32)second;
}

u32 new_port(void) { return (u32)CALL(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0); }

s32 send(u8 *b, u32 endpoint, const u32 *handles, u16 count) {
  struct submission *s = submit_area(b);
  *s = (struct submission){.size = sizeof(struct submission) + count * 8u,
                           .operation = OP_SEND,
                           .handles = count,
                           .handle = endpoint};
  put_handles(s, handles, count);
  CALL(SYS_SUBMIT_WAIT, 0, s->size, 0, 0, 0, 0);
  return s->status;
}

/// Stacks of threads: whoever takes one gives it back with its last instructions (thread_return).
enum { STACKS = 24, STACK = 8192 };
static u8 stacks[STACKS][STACK] __attribute__((aligned(64)));
u8 stack_taken[STACKS];

/// Entry: rdi = buffer, rsi = argument; the stack holds the function, then the place of its flag.
__asm__(".text\nthread_entry:\n"
        "  mov (%rsp), %rax\n  mov 8(%rsp), %rbx\n  xor %ebp, %ebp\n  call *%rax\n"
        "  mov $21, %eax\n  movb $0, (%rbx)\n  syscall\n  ud2\n");
extern const u8 thread_entry[];
_Static_assert(SYS_THREAD_EXIT == 21, "thread_entry ends with it");

void thread(void (*entry)(u8 *buffer, u64 argument), u64 argument, u32 pin) {
  unsigned i = 0;
  while (i < STACKS && __atomic_exchange_n(&stack_taken[i], 1, __ATOMIC_ACQ_REL))
    i++;
  if (i == STACKS)
    return;
  u64 *top = (u64 *)(stacks[i] + STACK - 64);
  top[0] = (u64)entry;
  top[1] = (u64)&stack_taken[i];
  if (TRY(SYS_THREAD_CREATE, thread_entry, top, argument, pin, 0, 0) < 0)
    __atomic_store_n(&stack_taken[i], 0, __ATOMIC_RELEASE);
}
