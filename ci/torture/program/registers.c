// Integer, x87, SSE and AVX registers of more threads than processors, in two processes, hold what
// was put into them through time slices, system calls and moves between processors; a new thread
// finds them empty.
#include "system.h"

enum { AREA = 1088, SKIP_FROM = 6, SKIP_TO = 24, XMM = 160, LEGACY = 416, YMM = 576 };
enum { ROUNDS, WRONG };
struct area { // as XSAVE lays it out
  u8 bytes[AREA] __attribute__((aligned(64)));
};

/// Loads `in`, spins with patterns in the integer registers, makes system calls on the way where
/// asked, stores `out`. 0, or which integer register changed.
u64 registers_round(const struct area *in, struct area *out, u64 spins, u64 calls);
__asm__(".text\nregisters_round:\n"
        "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
        "  mov %rdi, %r14\n  mov %rsi, %r15\n  mov %rdx, %r13\n  mov %rcx, %r12\n"
        "  mov $7, %eax\n  xor %edx, %edx\n  xrstor64 (%r14)\n"
        "  lea 1(%r14), %rbx\n  lea 2(%r14), %rbp\n  lea 3(%r14), %r8\n  lea 4(%r14), %r9\n"
        "  lea 5(%r14), %r10\n  lea 6(%r14), %rdi\n  lea 7(%r14), %rsi\n"
        "1: dec %r13\n  jz 3f\n  test %r12, %r12\n  jz 1b\n  test $1023, %r13d\n  jnz 1b\n"
        "  mov $37, %eax\n  syscall\n  jmp 1b\n"
        "3: mov $7, %eax\n  xor %edx, %edx\n  xsave64 (%r15)\n"
        "  mov $1, %eax\n  dec %rbx\n  cmp %rbx, %r14\n  jne 4f\n"
        "  inc %eax\n  sub $2, %rbp\n  cmp %rbp, %r14\n  jne 4f\n"
        "  inc %eax\n  sub $3, %r8\n  cmp %r8, %r14\n  jne 4f\n"
        "  inc %eax\n  sub $4, %r9\n  cmp %r9, %r14\n  jne 4f\n"
        "  inc %eax\n  sub $5, %r10\n  cmp %r10, %r14\n  jne 4f\n"
        "  inc %eax\n  sub $6, %rdi\n  cmp %rdi, %r14\n  jne 4f\n"
        "  inc %eax\n  sub $7, %rsi\n  cmp %rsi, %r14\n  jne 4f\n  xor %eax, %eax\n"
        "4: fninit\n  ldmxcsr usual_mxcsr(%rip)\n"
        "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n  ret\n"
        ".section .rodata\nusual_mxcsr: .long 0x1f80\n.text\n");
_Static_assert(SYS_CLOCK == 37, "registers_round calls it");

/// A thread's first instructions: everything it finds goes to *rsi.
struct found {
  struct area area;
  u64 integer[16];
  volatile u64 done;
};
__asm__(".text\nfresh_thread:\n"
        "  mov %rax, 1088(%rsi)\n  mov %rbx, 1096(%rsi)\n  mov %rcx, 1104(%rsi)\n"
        "  mov %rdx, 1112(%rsi)\n  mov %rbp, 1120(%rsi)\n  mov %r8, 1128(%rsi)\n"
        "  mov %r9, 1136(%rsi)\n  mov %r10, 1144(%rsi)\n  mov %r11, 1152(%rsi)\n"
        "  mov %r12, 1160(%rsi)\n  mov %r13, 1168(%rsi)\n  mov %r14, 1176(%rsi)\n"
        "  mov %r15, 1184(%rsi)\n"
        "  mov $7, %eax\n  xor %edx, %edx\n  xsave64 (%rsi)\n"
        "  movq $1, 1216(%rsi)\n  mov $21, %eax\n  syscall\n  ud2\n");
extern const u8 fresh_thread[];
_Static_assert(offsetof(struct found, integer) == 1088 && offsetof(struct found, done) == 1216,
               "fresh_thread");

static u32 components(void) {
  u32 low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low & 7;
}

static void wrong(u64 line, u64 detail) {
  BOARD[WRONG + 1] = detail;
  BOARD[WRONG] = line;
  exit_process(1);
}

static void fill(struct random *r, struct area *a) {
  static const u16 x87_controls[] = {0x37f, 0x27f, 0x77f, 0xf7f};
  for (u32 i = 0; i < AREA; i++)
    a->bytes[i] = i >= XMM && (i < LEGACY || (i >= YMM && i < YMM + 256)) ? (u8)random_u64(r) : 0;
  memcpy(a->bytes, &x87_controls[below(r, 4)], 2);
  a->bytes[4] = 0xff; // all eight in use
  memcpy(a->bytes + 24, &(u32){0x1f80 | below(r, 4) << 13 | below(r, 2) << 15}, 4);
  for (u32 i = 0; i < 8; i++) { // normal numbers: the top bit of the significand is set
    memcpy(a->bytes + 32 + 16 * i, &(u64){random_u64(r) | 1ull << 63}, 8);
    memcpy(a->bytes + 40 + 16 * i, &(u16){(u16)(0x3000 + below(r, 0x2000))}, 2);
  }
  a->bytes[512] = (u8)components(); // XSTATE_BV
}

static void compare(const struct area *in, const struct area *out) {
  u32 end = components() & 4 ? YMM + 256 : LEGACY;
  for (u32 i = 0; i < end; i++)
    if ((i < SKIP_FROM || i >= SKIP_TO) && (i < 28 || i >= 32) && (i < LEGACY || i >= YMM) &&
        in->bytes[i] != out->bytes[i])
      wrong(__LINE__, i);
}

static void check_fresh(void) {
  static struct found f;
  f.done = 0;
  memset(&f.area, 0, sizeof f.area);
  CALL(SYS_THREAD_CREATE, fresh_thread, ADDRESS_STACK_TOP - 8192, &f, 0, 0, 0);
  while (!f.done)
    TRY(SYS_SUBMIT_WAIT, 0, 0, 0, 0, 0, 0);
  for (u32 i = 0; i < 13; i++)
    if (f.integer[i])
      wrong(__LINE__, i);
  u8 present = f.area.bytes[512];
  if (present & 1 && (f.area.bytes[0] != 0x7f || f.area.bytes[1] != 3 || f.area.bytes[4]))
    wrong(__LINE__, f.area.bytes[4]);
  if (f.area.bytes[24] != 0x80 || f.area.bytes[25] != 0x1f)
    wrong(__LINE__, f.area.bytes[24]);
  for (u32 i = XMM; i < YMM + 256; i++)
    if ((i < LEGACY || i >= YMM) && f.area.bytes[i])
      wrong(__LINE__, i);
}

static volatile u64 finished;
static void worker(u8 *b, u64 argument) {
  struct random r = random_from(argument);
  struct area in, out;
  (void)b;
  for (u64 i = 0; i < (argument & 0xffff); i++) {
    fill(&r, &in);
    memset(&out, 0, sizeof out);
    u64 bad = registers_round(&in, &out, 1 + below(&r, 1 << 21), below(&r, 2));
    if (bad)
      wrong(__LINE__, bad);
    compare(&in, &out);
    __atomic_add_fetch(&BOARD[ROUNDS], 1, __ATOMIC_RELAXED);
  }
  __atomic_add_fetch(&finished, 1, __ATOMIC_RELEASE);
}

void registers_child(const struct task *s) {
  u64 threads = s->argument[1];
  for (u64 i = 1; i < threads; i++)
    thread(worker, (s->argument[0] + i) << 16 | s->argument[2], 0);
  for (u64 i = 0; i < s->argument[2]; i++)
    check_fresh();
  worker(buffer, s->argument[0] << 16 | s->argument[2]);
  while (finished < threads)
    TRY(SYS_SUBMIT_WAIT, new_port(), 0, now() + 1000000, 0, 0, 0);
}

void registers_case(const struct campaign *c) {
  u32 low, high, features;
  __asm__("cpuid" : "=a"(low), "=b"(high), "=c"(features), "=d"(high) : "a"(1), "c"(0));
  if (!(features >> 27 & 1))
    return fail("# this processor model has no XSAVE");
  enum { PROCESSES = 2 };
  u32 process[PROCESSES];
  u64 threads = cpus + 1 < 20 ? cpus + 1 : 20, rounds = c->scale ? 2ull * c->scale : 1;
  for (u64 i = 0; i < PROCESSES; i++) {
    boards[i][ROUNDS] = boards[i][WRONG] = 0;
    struct plan p = {.name = "registers",
                     .role = ROLE_REGISTERS,
                     .argument = {c->seed * 100 + i * 50, threads, rounds},
                     .key = i};
    process[i] = spawn(&p, (u32)i);
  }
  for (u32 i = 0; i < PROCESSES; i++) {
    struct exit_report r;
    u64 key = next_exit(&r);
    if (r.reason != ENDED_EXITED || r.code || boards[key][ROUNDS] != threads * rounds)
      fail("# registers: reason %u code %d, %u rounds, line %u at %u", (u64)r.reason, (s64)r.code,
           boards[key][ROUNDS], boards[key][WRONG], boards[key][WRONG + 1]);
    CALL(SYS_HANDLE_CLOSE, process[key], 0, 0, 0, 0, 0);
  }
}
