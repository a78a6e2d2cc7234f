// Ways to fault by an address.
#include "faults.h"

enum { ADDRESS = 1 };
static u8 data[64] = {0xc3};
static const u8 constants[64] = {0xc3};

static void jump(u64 to) { __asm__ volatile("call *%0" ::"r"(to) : "memory"); }
static u64 read(u64 at) { return *(volatile u64 *)at; }
static void write(u64 at) { *(volatile u64 *)at = 1; }
static u64 named(u64 address) {
  BOARD[ADDRESS] = address;
  return address;
}

void null_call(u8 *b) { (void)b, jump(0); }
void execute_data(u8 *b) { (void)b, jump(named((u64)data)); }
void execute_stack(u8 *b) {
  volatile u8 code_bytes[16] = {0xc3};
  (void)b, jump(named((u64)code_bytes));
}
void execute_board(u8 *b) { (void)b, jump(ADDRESS_SHARED); }
void read_null(u8 *b) { (void)b, read(8); }
void read_nucleus(u8 *b) { (void)b, read(0xffffffff80000000); }
void write_nucleus(u8 *b) { (void)b, write(0xffffffff80000000); }
void jump_nucleus(u8 *b) { (void)b, jump(0xffffffff80000000); }
void read_physical(u8 *b) { (void)b, read(0xffff800000100000); }
void write_physical(u8 *b) { (void)b, write(0xffff800000100000); }
void copy_nucleus(u8 *b) {
  u64 from = 0xffffffff80000000, count = 64;
  u8 *to = data;
  (void)b;
  __asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count)::"memory");
}
void read_noncanonical(u8 *b) { (void)b, read(1ull << 47); }
void jump_noncanonical(u8 *b) { (void)b, jump(1ull << 60); }
void push_noncanonical(u8 *b) {
  (void)b;
  __asm__ volatile("mov $1, %%rsp; shl $52, %%rsp; push %%rax" ::: "memory");
}
void read_stack_guard(u8 *b) { (void)b, read(named(ADDRESS_STACK_TOP - 32768 - 8)); }
void behind_buffer(u8 *b) { write(named((u64)b + LIMIT_BUFFER_BYTES)); }
void before_buffer(u8 *b) { (void)b, read(ADDRESS_BUFFERS - 8); }
void write_text(u8 *b) { (void)b, write(named((u64)jump)); }
void write_constants(u8 *b) { (void)b, write(named((u64)constants)); }

static u64 mapped(u64 bytes) {
  u32 memory = (u32)CALL(SYS_MEMORY_CREATE, bytes, 0, 0, 0, 0, 0);
  return CALL(SYS_MEMORY_MAP, 0, memory, 0, 0, bytes, PROTECT_READ | PROTECT_WRITE);
}
/// On the first stack, or, beside the thread that uses that one, on pages of its own.
void overflow_stack(u8 *b) {
  u64 bytes = b == buffer ? 32768 : 4 * PAGE;
  u64 bottom = b == buffer ? ADDRESS_STACK_TOP - bytes : mapped(bytes);
  named(bottom - 8);
  __asm__ volatile("mov %0, %%rsp; 1: push %%rax; jmp 1b" ::"r"(bottom + bytes) : "memory");
}
void read_unmapped(u8 *b) {
  u64 at = mapped(PAGE);
  (void)b, write(at); // it is in the processor's cache of translations
  CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
  read(named(at));
}
void write_over_end(u8 *b) {
  u64 at = mapped(PAGE);
  (void)b, named(at + PAGE);
  write(at + PAGE - 4);
}
void read_user_end(u8 *b) { (void)b, read(ADDRESS_USER_END); }

/// The last page of user space is a second view of this one (spawn.c).
__asm__(".section .text.last,\"ax\"\n.balign 4096\n.globl last_instruction_page\n"
        "last_instruction_page:\n.fill 4094, 1, 0x90\nsyscall\n.text");

static void call_there(u64 number, u64 argument) {
  __asm__ volatile("jmp *%0" ::"r"(ADDRESS_USER_END - 2), "a"(number), "D"(argument), "S"(0ull)
                   : "memory");
}
void call_at_end(u8 *b) { (void)b, call_there(SYS_CLOCK, 0); }
void long_call_at_end(u8 *b) { (void)b, call_there(SYS_MEMORY_CREATE, 100 * PAGE); }

// The nucleus follows frame pointers for its report.
static void undefined_with(u64 frame) {
  __asm__ volatile("mov %0, %%rbp; ud2" ::"r"(frame) : "memory");
}
void frame_in_nucleus(u8 *b) { (void)b, undefined_with(0xffffffff80000000); }
void frame_unmapped(u8 *b) { (void)b, undefined_with(ADDRESS_HEAP); }
void frame_in_device(u8 *b) { (void)b, undefined_with(ADDRESS_HEAP); }
void frame_circle(u8 *b) {
  u64 chain[2] = {(u64)chain, 1};
  (void)b, undefined_with((u64)chain);
}
/// The report has every register: number n of its list is FIRST_REGISTER + n.
void known_registers(u8 *b) {
  (void)b;
  __asm__ volatile("movabs $0x8001020304050601, %%rdi; "
                   "movabs $0x8001020304050602, %%rsi; "
                   "movabs $0x8001020304050603, %%rdx; "
                   "movabs $0x8001020304050604, %%r10; "
                   "movabs $0x8001020304050605, %%r8; "
                   "movabs $0x8001020304050606, %%r9; "
                   "movabs $0x8001020304050607, %%r15; "
                   "movabs $0x8001020304050608, %%r14; "
                   "movabs $0x8001020304050609, %%r13; "
                   "movabs $0x800102030405060a, %%r12; "
                   "movabs $0x800102030405060b, %%r11; "
                   "movabs $0x800102030405060c, %%rbp; "
                   "movabs $0x800102030405060d, %%rcx; "
                   "movabs $0x800102030405060e, %%rbx; "
                   "movabs $0x800102030405060f, %%rax; "
                   "ud2" ::
                       : "memory");
}
void frame_at_end(u8 *b) { (void)b, undefined_with(ADDRESS_USER_END - 16); }

static void block(u8 *b, u64 argument) {
  (void)b, (void)argument;
  for (u32 port = new_port();;)
    CALL(SYS_SUBMIT_WAIT, port, 0, NEVER, 0, 0, 0);
}
void fault_beside(u8 *b) {
  (void)b;
  for (u32 i = 0; i < 4; i++)
    thread(block, 0, 0);
  CALL(SYS_SUBMIT_WAIT, new_port(), 0, now() + 100000, 0, 0, 0);
  __builtin_trap();
}
