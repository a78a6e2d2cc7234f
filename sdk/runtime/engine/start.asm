; The engine's own few instructions: entry of the first thread, the one system-call stub, entries of native threads.
; Invariant: the `syscall` below is the only one in the linked engine (checked after each link).
bits 64
default rel

SYS_PROCESS_EXIT equ 17
SYS_THREAD_EXIT equ 21

extern engine_main
global engine_start, system_call, probe_entry, spin_entry

section .text.start exec

; rdi = message buffer, rsi = stack pointer (docs/abi.md)
engine_start:
    xor ebp, ebp
    call engine_main
    mov edi, eax
    mov eax, SYS_PROCESS_EXIT
    jmp raw

; i64 system_call(const u64 argument[6], u64 number, u64 *second)
system_call:
    push rdx
    mov rax, rsi
    mov rcx, rdi
    mov rdi, [rcx]
    mov rsi, [rcx + 8]
    mov rdx, [rcx + 16]
    mov r10, [rcx + 24]
    mov r8, [rcx + 32]
    mov r9, [rcx + 40]
    call raw
    pop rcx
    mov [rcx], rdx
    ret

raw:
    syscall
    ret

; rsi = address of a u32
probe_entry:
    lock inc dword [rsi]
    mov eax, SYS_THREAD_EXIT
    jmp raw

; rsi = address of a u64
spin_entry:
    inc qword [rsi]
    jmp spin_entry
