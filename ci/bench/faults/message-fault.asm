; What a victim runs in front of each system call, in a page that only it has (message-fault.ts): it takes one message that is about to be
; submitted away, or flips a bit of its contents. Invariant: no register that the engine's `system_call` reads is another behind it.
bits 64
default rel

; set from outside, but `done`
buffer: dq 0 ; where the submissions begin
back: dq 0 ; behind the instructions of `system_call` that stand here instead
choice: dd 0 ; chooses one of the messages
place: dd 0 ; and the bit
corrupt: dd 0 ; 0: takes it away
done: dd 0

; rdi = the call's arguments, esi = its number, rdx = for the second result
entry:
    cmp esi, SUBMIT_WAIT
    jne on
    cmp dword [done], 0
    jne on
    push rdx
    push rdi
    mov r8, [buffer]
    mov r9, [rdi + 8]
    add r9, r8
    xor ecx, ecx ; messages
    xor edi, edi ; 1: they are counted, r11d of them are passed
pass:
    mov r10, r8
next:
    lea rax, [r10 + HEADER]
    cmp rax, r9
    ja over
    movzx eax, word [r10 + OPERATION]
    dec eax
    cmp eax, REPLY - 1
    ja skip
    cmp dword [corrupt], 0
    je message
    cmp dword [r10 + LENGTH], 0
    je skip
message:
    inc ecx
    test edi, edi
    jz skip
    sub r11d, 1
    jc found
skip:
    mov eax, [r10 + SIZE]
    test eax, eax
    jz over
    add r10, rax
    jmp next
over:
    test edi, edi
    jnz out
    test ecx, ecx
    jz out
    mov eax, [choice]
    xor edx, edx
    div ecx
    mov r11d, edx
    inc edi
    jmp pass

found:
    cmp dword [corrupt], 0
    jne change
    mov dword [r10 + OPERATION], CANCEL ; of a call that there is not, without handles
    mov rax, 1 << 63
    mov [r10 + COOKIE], rax
    jmp did
change:
    mov ecx, [r10 + LENGTH]
    shl ecx, 3
    mov eax, [place]
    xor edx, edx
    div ecx
    movzx eax, word [r10 + HANDLES]
    lea rax, [r10 + 8 * rax + HEADER]
    mov ecx, edx
    shr edx, 3
    and ecx, 7
    mov r11d, 1
    shl r11d, cl
    xor [rax + rdx], r11b
did:
    inc dword [done]
out:
    pop rdi
    pop rdx
on:
    push rdx
    mov rax, rsi
    mov rcx, rdi
    jmp [back]
