// What a row of the fault matrix is, and the ways to fault (fault-code.c, fault-flags.c).
#ifndef TORTURE_FAULTS_H
#define TORTURE_FAULTS_H
#include "system.h"

/// Beside exception numbers: no fault; a fault that emulated and real processors number
/// differently; one that not all processors have.
enum { HARMLESS = 256, ANY_VECTOR, PERHAPS };
typedef void way(u8 *buffer);
struct fault {
  const char *name;
  u32 vector, error; // error: bits of the error code that must be set
  u64 address;       // of a page fault
  way *run;
};
#define FIRST_REGISTER 0x8001020304050601
/// Tells the first process which instruction, and which address, the report will name.
#define EXPECT_INSTRUCTION(label)                                                                  \
  "lea " label "(%%rip), %%rax; mov $" EXPECTED_PLACE ", %%r11; mov %%rax, (%%r11);"
#define EXPECTED_PLACE "0x400000000000"
_Static_assert(ADDRESS_SHARED == 0x400000000000, "the board");

way null_call, execute_data, execute_stack, execute_board, read_null, read_nucleus, write_nucleus,
    jump_nucleus, read_physical, write_physical, copy_nucleus, read_noncanonical, jump_noncanonical,
    push_noncanonical, read_stack_guard, overflow_stack, behind_buffer, before_buffer, write_text,
    write_constants, read_unmapped, write_over_end, read_user_end, undefined, divide,
    divide_overflow, port_in, port_out, port_out_string, int_80, int_22, int_14, int_18, int_3,
    int_1, do_hlt, do_cli, do_sti, do_lgdt, do_lidt, do_ltr, do_lldt, do_wrmsr, do_rdmsr, do_rdpmc,
    write_cr3, read_cr0, write_dr7, do_invlpg, do_wbinvd, do_clts, do_xsetbv, do_swapgs, do_sysret,
    do_sysenter, do_wrgsbase, return_far, interrupt_return, load_segment, load_local, store_idt,
    single_step, single_step_call, unaligned_sse, x87_exception, sse_exception, call_at_end,
    long_call_at_end, frame_in_nucleus, frame_unmapped, frame_circle, frame_at_end, frame_in_device,
    fault_beside, stack_null, stack_nucleus, stack_noncanonical, odd_flags, odd_flags_spin,
    alignment_flag, null_segments, known_registers;
#endif
