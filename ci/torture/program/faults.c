// The fault matrix: each way to fault ends its process with the right report, on every processor,
// while a bystander's memory and progress stay what they were. Ways that must be harmless end with
// code 0.
#include "faults.h"

/// An address that the case itself names, on the board.
#define NAMED 1
static const struct fault cases[] = {
    // name, vector, error bits that must be set, address, what is done
    {"null call", 14, 0x14, 0, null_call},
    {"execution of data", 14, 0x15, NAMED, execute_data},
    {"execution of the stack", 14, 0x15, NAMED, execute_stack},
    {"execution of readable memory", 14, 0x15, ADDRESS_SHARED, execute_board},
    {"read of a null pointer", 14, 4, 8, read_null},
    {"read of the nucleus", 14, 4, 0xffffffff80000000, read_nucleus},
    {"write to the nucleus", 14, 6, 0xffffffff80000000, write_nucleus},
    {"jump into the nucleus", 14, 0x14, 0xffffffff80000000, jump_nucleus},
    {"read of the physical map", 14, 4, 0xffff800000100000, read_physical},
    {"write to the physical map", 14, 6, 0xffff800000100000, write_physical},
    {"string copy from the nucleus", 14, 4, 0xffffffff80000000, copy_nucleus},
    {"non-canonical read", 13, 0, 0, read_noncanonical},
    {"non-canonical jump", 13, 0, 0, jump_noncanonical},
    {"non-canonical stack", ANY_VECTOR, 0, 0, push_noncanonical}, // 12, or 13 under TCG
    {"guard page under the stack", 14, 4, NAMED, read_stack_guard},
    {"stack overflow", 14, 6, NAMED, overflow_stack},
    {"behind the message buffer", 14, 6, NAMED, behind_buffer},
    {"before the message buffer", 14, 4, ADDRESS_BUFFERS - 8, before_buffer},
    {"write to text", 14, 7, NAMED, write_text},
    {"write to constants", 14, 7, NAMED, write_constants},
    {"read of unmapped memory", 14, 4, NAMED, read_unmapped},
    {"write over the end of a region", 14, 6, NAMED, write_over_end},
    {"last page of user space", 14, 4, ADDRESS_USER_END, read_user_end},
    {"ud2", 6, 0, 0, undefined},
    {"ud2 with known registers", 6, 0, 0, known_registers},
    {"division by zero", 0, 0, 0, divide},
    {"division overflow", 0, 0, 0, divide_overflow},
    {"in", 13, 0, 0, port_in},
    {"out", 13, 0, 0, port_out},
    {"string out", 13, 0, 0, port_out_string},
    {"int 0x80", 13, 2, 0, int_80},
    {"int of the flush vector", 13, 2, 0, int_22},
    {"int of the page fault vector", 13, 2, 0, int_14},
    {"int of the machine check vector", 13, 2, 0, int_18},
    {"int3", 13, 2, 0, int_3},
    {"int1", ANY_VECTOR, 0, 0, int_1},
    {"hlt", 13, 0, 0, do_hlt},
    {"cli", 13, 0, 0, do_cli},
    {"sti", 13, 0, 0, do_sti},
    {"lgdt", 13, 0, 0, do_lgdt},
    {"lidt", 13, 0, 0, do_lidt},
    {"ltr", 13, 0, 0, do_ltr},
    {"lldt", 13, 0, 0, do_lldt},
    {"wrmsr", 13, 0, 0, do_wrmsr},
    {"rdmsr", 13, 0, 0, do_rdmsr},
    {"rdpmc", 13, 0, 0, do_rdpmc},
    {"mov to cr3", 13, 0, 0, write_cr3},
    {"mov from cr0", 13, 0, 0, read_cr0},
    {"mov to dr7", 13, 0, 0, write_dr7},
    {"invlpg", 13, 0, 0, do_invlpg},
    {"wbinvd", 13, 0, 0, do_wbinvd},
    {"clts", 13, 0, 0, do_clts},
    {"xsetbv", 13, 0, 0, do_xsetbv},
    {"swapgs", 13, 0, 0, do_swapgs},
    {"sysret", ANY_VECTOR, 0, 0, do_sysret},
    {"sysenter", ANY_VECTOR, 0, 0, do_sysenter},
    {"wrgsbase", 6, 0, 0, do_wrgsbase},
    {"far return to the nucleus's segment", ANY_VECTOR, 0, 0, return_far},
    {"iret to the nucleus's segment", ANY_VECTOR, 0, 0, interrupt_return},
    {"nucleus's data segment", 13, 0x10, 0, load_segment},
    {"a segment of a local table", 13, 4, 0, load_local},
    {"sidt", PERHAPS, 0, 0, store_idt}, // 13 with UMIP, else harmless
    {"single step", 1, 0, 0, single_step},
    {"single step over a system call", 1, 0, 0, single_step_call},
    {"unaligned SSE", 13, 0, 0, unaligned_sse},
    {"x87 exception", 16, 0, 0, x87_exception},
    {"SSE exception", PERHAPS, 0, 0, sse_exception},
    {"system call at the end of user space", 14, 0x14, ADDRESS_USER_END, call_at_end},
    {"long system call at the end of user space", 14, 0x14, ADDRESS_USER_END, long_call_at_end},
    {"frame pointer into the nucleus", 6, 0, 0, frame_in_nucleus},
    {"frame pointer into unmapped memory", 6, 0, 0, frame_unmapped},
    {"frame pointer to itself", 6, 0, 0, frame_circle},
    {"frame pointer at the end of user space", 6, 0, 0, frame_at_end},
    {"frame pointer into device memory", 6, 0, 0, frame_in_device},
    {"a fault beside a blocked thread", 6, 0, 0, fault_beside},
    // harmless
    {"stack pointer 0 at a system call", HARMLESS, 0, 0, stack_null},
    {"stack pointer into the nucleus at a system call", HARMLESS, 0, 0, stack_nucleus},
    {"non-canonical stack pointer at a system call", HARMLESS, 0, 0, stack_noncanonical},
    {"odd flags at a system call", HARMLESS, 0, 0, odd_flags},
    {"odd flags under interrupts", HARMLESS, 0, 0, odd_flags_spin},
    {"alignment flag", HARMLESS, 0, 0, alignment_flag},
    {"null segments", HARMLESS, 0, 0, null_segments},
};
enum { CASES = sizeof cases / sizeof *cases, EXPECTED = 0, ADDRESS = 1, BYSTANDER = 1 };

static void run_fault(u8 *b, u64 i) {
  cases[i].run(b);
  exit_process(cases[i].vector >= HARMLESS ? 0 : 1);
}

void fault_child(const struct task *s) {
  u8 *b = buffer;
  if (s->argument[1] == 0)
    run_fault(b, s->argument[0]);
  thread(run_fault, s->argument[0], (u32)s->argument[1]);
  for (u32 port = new_port();;)
    CALL(SYS_SUBMIT_WAIT, port, 0, NEVER, 0, 0, 0);
}

static void check(const struct fault *f, const struct exit_report *r, u32 cpu) {
  volatile u64 *board = boards[0];
  bool harmless = f->vector == HARMLESS || (f->vector == PERHAPS && r->reason == ENDED_EXITED);
  bool good = harmless
                  ? r->reason == ENDED_EXITED && !r->code
                  : r->reason == ENDED_FAULT && (f->vector >= HARMLESS || r->vector == f->vector) &&
                        (r->error & f->error) == f->error;
  u64 address = f->address == NAMED ? board[ADDRESS] : f->address;
  if (good && f->vector == 14 && r->address != address)
    good = false;
  if (good && !harmless && board[EXPECTED] && r->instruction != board[EXPECTED])
    good = false;
  for (u64 n = 0; f->run == known_registers && n < sizeof r->registers / 8; n++)
    if (r->registers[n] != FIRST_REGISTER + n || (r->flags & 0x202) != 0x202)
      good = false;
  if (!good)
    fail("# %s on processor %u: reason %u code %d vector %u error %x address %x instruction %x, "
         "expected %x",
         f->name, (u64)cpu, (u64)r->reason, (s64)r->code, (u64)r->vector, (u64)r->error, r->address,
         r->instruction, board[EXPECTED]);
}

/// Device memory far above all memory, where only the case that needs it sees it.
static void map_device(u32 process) {
  u32 device =
      (u32)CALL(SYS_DEVICE_MEMORY_CREATE, first[FIRST_DEVICE_MEMORY], 1ull << 38, PAGE, 0, 0, 0);
  CALL(SYS_MEMORY_MAP, process, device, ADDRESS_HEAP, 0, PAGE, PROTECT_READ | PROTECT_WRITE);
  CALL(SYS_HANDLE_CLOSE, device, 0, 0, 0, 0, 0);
}

void faults_case(const struct campaign *c) {
  volatile u64 *seen = boards[BYSTANDER];
  seen[0] = seen[1] = 0;
  struct plan by = {.name = "bystander", .role = ROLE_NEIGHBOUR, .argument = {NEVER}, .key = 99};
  u32 bystander = spawn(&by, BYSTANDER);
  u32 rounds = c->scale < 2 ? 1 : c->scale < 40 ? c->scale / 2 : 20;
  for (u32 round = 0; round < rounds; round++)
    for (u32 i = 0; i < CASES; i++)
      for (u32 cpu = c->scale ? 0 : i % cpus; cpu < cpus; cpu += c->scale ? 1 : cpus) {
        boards[0][EXPECTED] = boards[0][ADDRESS] = 0;
        struct plan p = {.name = "fault", .role = ROLE_FAULT, .argument = {i, cpu + 1}};
        if (!round && !cpu) // also as the only thread
          p.argument[1] = 0;
        u32 process = prepare(&p, 0);
        if (cases[i].run == frame_in_device)
          map_device(process);
        launch(process, &p);
        struct exit_report r;
        if (next_exit(&r) != 0) {
          fail("# the bystander ended during %s", cases[i].name);
          return;
        }
        check(&cases[i], &r, cpu);
        CALL(SYS_HANDLE_CLOSE, process, 0, 0, 0, 0, 0);
      }
  u64 before = seen[0];
  while (seen[0] < before + 10 && !seen[1])
    CALL(SYS_SUBMIT_WAIT, 0, 0, 0, 0, 0, 0);
  if (seen[1])
    fail("# the bystander saw a wrong result at line %u", seen[1]);
  kill_child(bystander, 99);
}
