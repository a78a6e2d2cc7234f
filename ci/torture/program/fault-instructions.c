// Ways to fault by an instruction, most of them privileged.
#include "faults.h"

#define WAY(name, ...)                                                                             \
  void name(u8 *b) {                                                                               \
    (void)b;                                                                                       \
    __asm__ volatile(EXPECT_INSTRUCTION("1f") __VA_ARGS__);                                        \
  }
#define CLOBBERS :: : "rax", "rcx", "rdx", "r11", "memory"

WAY(undefined, "1: ud2" CLOBBERS)
WAY(divide, "xor %%ecx, %%ecx; mov $1, %%eax; cdq; 1: idiv %%ecx" CLOBBERS)
WAY(divide_overflow, "mov $0x80000000, %%eax; cdq; mov $-1, %%ecx; 1: idiv %%ecx" CLOBBERS)
WAY(port_in, "1: in $0x60, %%al" CLOBBERS)
WAY(port_out, "mov $0xf4, %%edx; 1: out %%al, %%dx" CLOBBERS)
WAY(port_out_string, "mov $0x3f8, %%edx; lea 1f(%%rip), %%rsi; 1: outsb" ::
        : "rax", "rdx", "rsi", "r11", "memory")
WAY(int_80, "1: int $0x80" CLOBBERS)
WAY(int_22, "1: int $0x22" CLOBBERS)
WAY(int_14, "1: int $14" CLOBBERS)
WAY(int_18, "1: int $18" CLOBBERS)
WAY(int_3, "1: int3" CLOBBERS)
WAY(do_hlt, "1: hlt" CLOBBERS)
WAY(do_cli, "1: cli" CLOBBERS)
WAY(do_sti, "1: sti" CLOBBERS)
WAY(do_lgdt, "1: lgdt (%%rsp)" CLOBBERS)
WAY(do_lidt, "1: lidt (%%rsp)" CLOBBERS)
WAY(do_ltr, "mov $0x28, %%eax; 1: ltr %%ax" ::: "r11", "memory")
WAY(do_lldt, "xor %%eax, %%eax; 1: lldt %%ax" ::: "r11", "memory")
WAY(do_wrmsr, "mov $0xc0000082, %%ecx; 1: wrmsr" CLOBBERS)
WAY(do_rdmsr, "mov $0xc0000102, %%ecx; 1: rdmsr" CLOBBERS)
WAY(do_rdpmc, "xor %%ecx, %%ecx; 1: rdpmc" CLOBBERS)
WAY(write_cr3, "1: mov %%rax, %%cr3" CLOBBERS)
WAY(read_cr0, "1: mov %%cr0, %%rax" CLOBBERS)
WAY(write_dr7, "1: mov %%rax, %%dr7" CLOBBERS)
WAY(do_invlpg, "1: invlpg (%%rsp)" CLOBBERS)
WAY(do_wbinvd, "1: wbinvd" CLOBBERS)
WAY(do_clts, "1: clts" CLOBBERS)
WAY(do_xsetbv, "xor %%ecx, %%ecx; xor %%edx, %%edx; mov $1, %%eax; 1: xsetbv" CLOBBERS)
WAY(do_swapgs, "1: swapgs" CLOBBERS)
WAY(do_sysret, "1: sysretq" CLOBBERS)
WAY(do_sysenter, "1: sysenter" CLOBBERS)
WAY(do_wrgsbase, "1: .byte 0xf3, 0x48, 0x0f, 0xae, 0xd8" CLOBBERS)
WAY(return_far, "push $8; lea 2f(%%rip), %%rax; push %%rax; 1: lretq; 2: nop" CLOBBERS)
WAY(interrupt_return, "push $0x1b; push %%rsp; pushfq; push $8; lea 2f(%%rip), %%rax; push %%rax; "
                      "1: iretq; 2: nop" CLOBBERS)
WAY(load_segment, "mov $0x10, %%eax; 1: mov %%eax, %%ds" CLOBBERS)
WAY(load_local, "mov $7, %%eax; 1: mov %%eax, %%fs" CLOBBERS)
WAY(unaligned_sse, "1: movaps 1(%%rsp), %%xmm0; movaps 2(%%rsp), %%xmm0" CLOBBERS)

void int_1(u8 *b) {
  (void)b;
  __asm__ volatile(".byte 0xf1; nop");
}
void store_idt(u8 *b) {
  u8 out[16];
  (void)b;
  __asm__ volatile("sidt %0" : "=m"(out));
}
void single_step(u8 *b) {
  (void)b;
  __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop; nop" ::: "memory");
}
void single_step_call(u8 *b) {
  (void)b;
  __asm__ volatile(
      "pushfq; orl $0x100, (%%rsp); mov %0, %%eax; popfq; syscall; nop; nop" ::"i"(SYS_CLOCK)
      : "rax", "rcx", "rdx", "r11", "memory");
}
void x87_exception(u8 *b) {
  (void)b;
  static const u16 unmasked = 0x37b;
  __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait; fwait" ::"m"(unmasked) : "memory");
}
void sse_exception(u8 *b) {
  (void)b;
  static const u32 unmasked = 0x1d80;
  __asm__ volatile("ldmxcsr %0; mov $1, %%eax; cvtsi2ss %%eax, %%xmm0; xorps %%xmm1, %%xmm1; "
                   "divss %%xmm1, %%xmm0" ::"m"(unmasked)
                   : "eax", "memory");
}

// --- what must be harmless
/// Waits a little inside a system call with that stack pointer: the processor does other things
/// meanwhile.
static void call_with_stack(u64 stack) {
  u64 until = now() + 200000, port = new_port(), result = SYS_SUBMIT_WAIT;
  __asm__ volatile("mov %%rsp, %%rbx; mov %3, %%rsp; syscall; mov %%rbx, %%rsp"
                   : "+a"(result), "+d"(until)
                   : "D"(port), "r"(stack), "S"(0ull)
                   : "rbx", "rcx", "r11", "memory");
  if (result)
    exit_process(2);
}
void stack_null(u8 *b) { (void)b, call_with_stack(0); }
void stack_nucleus(u8 *b) { (void)b, call_with_stack(0xffffffffc0004000); }
void stack_noncanonical(u8 *b) { (void)b, call_with_stack(1ull << 55); }

/// All flags that a process can set: they come back, and nothing else changes.
void odd_flags(u8 *b) {
  (void)b;
  const u64 flags = 0x244cd5 | 0x202; // ID, AC, NT, DF and the arithmetic ones
  for (u64 i = 0; i < 200; i++) {
    u64 after;
    __asm__ volatile(
        "push %1; popfq; mov %2, %%eax; syscall; pushfq; pop %0; cld; push $0x202; popfq"
        : "=&r"(after)
        : "r"(flags), "i"(SYS_CLOCK)
        : "rax", "rcx", "rdx", "r11", "memory", "cc");
    if ((after ^ flags) & 0x244cd5)
      exit_process(2);
  }
}
void odd_flags_spin(u8 *b) {
  (void)b;
  const u64 flags = 0x244cd5 | 0x202;
  u64 after, turns = 3000000; // longer than a quantum
  __asm__ volatile("push %2; popfq; 1: lea -1(%1), %1; jrcxz 2f; jmp 1b; 2: pushfq; pop %0; push "
                   "$0x202; popfq"
                   : "=&r"(after), "+c"(turns)
                   : "r"(flags)
                   : "memory", "cc");
  if ((after ^ flags) & 0x244cd5)
    exit_process(2);
}
void alignment_flag(u8 *b) {
  (void)b;
  u64 value[2] = {1, 2};
  __asm__ volatile("pushfq; orl $0x40000, (%%rsp); popfq; mov 1(%0), %%rax; pushfq; andl "
                   "$~0x40000, (%%rsp); popfq" ::"r"(value)
                   : "rax", "memory", "cc");
}
void null_segments(u8 *b) {
  (void)b;
  __asm__ volatile(
      "xor %%eax, %%eax; mov %%eax, %%ds; mov %%eax, %%es; mov %%eax, %%fs; mov %%eax, "
      "%%gs" ::
          : "rax", "memory");
  for (u32 i = 0; i < 100; i++)
    now();
}
