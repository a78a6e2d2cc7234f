; memcpy, memmove, memset, memcmp for freestanding C: quadword string instructions, then the rest.
bits 64
section .text
global memcpy, memmove, memset, memcmp
memmove:
  mov rax, rdi
  sub rax, rsi
  cmp rax, rdx                  ; unsigned: forward is safe unless 0 <= dst - src < n
  jae memcpy
  mov rax, rdi
  lea rdi, [rdi + rdx - 1]
  lea rsi, [rsi + rdx - 1]
  mov rcx, rdx
  std
  rep movsb
  cld
  ret
memcpy:
  mov rax, rdi
  mov rcx, rdx
  shr rcx, 3
  rep movsq
  mov ecx, edx
  and ecx, 7
  rep movsb
  ret
memset:
  mov r8, rdi
  movzx eax, sil
  mov r9, 0x0101010101010101
  imul rax, r9
  mov rcx, rdx
  shr rcx, 3
  rep stosq
  mov ecx, edx
  and ecx, 7
  rep stosb
  mov rax, r8
  ret
memcmp:
  xor eax, eax
  mov rcx, rdx
  cmp rcx, rcx                  ; equal when nothing is compared
  repe cmpsb
  je .equal
  movzx eax, byte [rdi - 1]
  movzx ecx, byte [rsi - 1]
  sub eax, ecx
.equal:
  ret
