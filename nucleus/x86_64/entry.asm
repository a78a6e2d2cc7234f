; Ways into the nucleus and out of it. Every entry from user mode ends with the thread's registers in its own save area
; (struct registers), the processor's stack empty, and a jump into C that never returns here: one stack for each processor.
bits 64
default rel
section .text.start
global start
extern nucleus_main
start:                          ; rdi = hand-over
  xor ebp, ebp
  call nucleus_main
  ud2

section .text.entry exec         ; pages that user mode's tables hold, too (paging.c)
extern serve_call, trap, entry_data
global syscall_entry, syscall_isolated, resume, idle, trap_stubs

%define STACK_TOP 8
%define REGISTERS_END 16
%define USER_STACK 24
%define NUCLEUS_ROOT 32         ; 0 where user mode has no tables of its own
%define USER_ROOT 40
%define ENTRY_STACK 48
%define USER_DATA 0x1b
%define USER_CODE 0x23

%define ALL rax, rbx, rcx, rbp, r11, r12, r13, r14, r15, r9, r8, r10, rdx, rsi, rdi
%macro push_list 1-*
  %rep %0
  push %1
  %rotate 1
  %endrep
%endmacro
%macro pop_list 1-*             ; the other way round
  %rep %0
  %rotate -1
  pop %1
  %endrep
%endmacro

%macro push_words 2             ; from [rax + %1] down to [rax + %2]
  %assign at %1
  %rep (%1 - %2) / 8 + 1
  push qword [rax + at]
  %assign at at - 8
  %endrep
%endmacro

syscall_isolated:
  swapgs
  mov [gs:USER_STACK], rsp
  mov rsp, [gs:NUCLEUS_ROOT]
  mov cr3, rsp
  jmp syscall_entry.switched

syscall_entry:                  ; rcx = user rip, r11 = user rflags; interrupts are off (FMASK)
  swapgs
  mov [gs:USER_STACK], rsp
.switched:
  mov rsp, [gs:REGISTERS_END]
  push USER_DATA
  push qword [gs:USER_STACK]
  push r11
  push USER_CODE
  push rcx
  push 0
  push 0x100
  push_list ALL
  mov rdi, rsp
  mov rsp, [gs:STACK_TOP]
  xor ebp, ebp
  call serve_call
  ud2

resume:                         ; rdi = struct registers
  mov rsp, rdi
  cmp qword [gs:NUCLEUS_ROOT], 0
  jne .isolated
  cmp dword [rsp + 15 * 8], 0x100
  pop_list ALL                       ; leaves flags alone
  jne .interrupt
  mov rsp, [rsp + 5 * 8]        ; rcx and r11 hold rip and rflags; rip < 2^47, since USER_END is
  swapgs
  o64 sysret
.interrupt:
  add rsp, 16
  swapgs
  iretq
.isolated:                      ; what is popped last goes by this processor's own page
  pop_list ALL
  mov [gs:USER_STACK], rax
  mov rax, rsp
  mov rsp, [gs:ENTRY_STACK]
  push_words 6 * 8, 2 * 8
  mov rax, [gs:USER_ROOT]
  mov cr3, rax
  mov rax, [gs:USER_STACK]
  swapgs
  iretq

idle:                           ; rdi = top of this processor's stack
  mov rsp, rdi
  xor ebp, ebp
.again:
  sti
  hlt
  cli
  jmp .again

trap_common:                    ; vector and error code are pushed
  test byte [rsp + 3 * 8], 3    ; cs
  jz .nucleus
  swapgs
  cmp qword [gs:NUCLEUS_ROOT], 0
  jne .isolated
.switched:
  push_list ALL
  mov rdi, rsp
  mov rsp, [gs:STACK_TOP]
  push 2                        ; the flags of a system call: direction and AC, which opens user pages to SMAP, are off
  popfq
  xor ebp, ebp
  call trap
.isolated:
  mov [gs:USER_STACK], rax
  mov rax, [gs:NUCLEUS_ROOT]
  mov cr3, rax
  mov rax, rsp
  mov rsp, [gs:REGISTERS_END]
  push_words 6 * 8, 0
  mov rax, [gs:USER_STACK]
  jmp .switched
.nucleus:                       ; broken, or an interrupt that woke the idle loop: nothing to keep but the vector
  push_list ALL
  mov rdi, rsp
  mov rax, [entry_data + 4096]  ; it may have come between swapgs and the change of tables
  test rax, rax
  jz .mapped
  mov cr3, rax
.mapped:
  and rsp, -16
  cld
  call trap
  ud2

align 16
trap_stubs:
%assign v 0
%rep 256
  align 16
  %if !(v = 8 || (v >= 10 && v <= 14) || v = 17 || v = 21 || v = 29 || v = 30)
  push 0
  %endif
  push v
  jmp trap_common
%assign v v + 1
%endrep

; Vectors that may come while the nucleus runs on any stack or between swapgs and stack switch have a stack of their own (IST)
; and always end in a panic, so the GS base does not matter for their way here.
