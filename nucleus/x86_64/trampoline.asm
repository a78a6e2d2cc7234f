; Where a started processor begins: 16-bit code, copied to a page below 1 MiB, straight to long mode, then to cpu_main.
; The copier fills the five quadwords at the end of the page's first 64 bytes (smp.c).
bits 16
section .rodata
global trampoline_begin, trampoline_end
trampoline_begin:
  jmp short .code
  times 8 - ($ - trampoline_begin) db 0
.cr3: dq 0                      ; +8
.stack: dq 0                    ; +16
.entry: dq 0                    ; +24
.cpu: dq 0                      ; +32
.base: dq 0                     ; +40 its own physical address
.code:
  cli
  mov ax, cs
  mov ds, ax
  mov eax, [.base - trampoline_begin]
  mov esi, eax
  lea ebx, [eax + .gdt - trampoline_begin]
  mov [.gdt_pointer + 2 - trampoline_begin], ebx
  lea ebx, [eax + .long - trampoline_begin]
  mov [.far - trampoline_begin], ebx
  o32 lgdt [.gdt_pointer - trampoline_begin]
  mov eax, 0x6a0                ; PAE, PGE, OSFXSR, OSXMMEXCPT
  mov cr4, eax
  mov eax, [.cr3 - trampoline_begin]
  mov cr3, eax
  mov ecx, 0xc0000080
  mov eax, 0x901                ; SCE, LME, NXE
  xor edx, edx
  wrmsr
  mov eax, 0x80010033           ; PG, WP, NE, ET, MP, PE
  mov cr0, eax
  o32 jmp far [.far - trampoline_begin]
align 8
.far: dd 0
  dw 8
align 8
.gdt: dq 0, 0x00af9b000000ffff, 0x00cf93000000ffff ; accessed already: the page is not writable once paging is on
.gdt_pointer: dw 23
  dd 0
bits 64
.long:                          ; rsi = base
  mov eax, 16
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov esi, esi
  mov rsp, [rsi + 16]
  mov rdi, [rsi + 32]
  xor ebp, ebp
  call [rsi + 24]
  ud2
trampoline_end:
