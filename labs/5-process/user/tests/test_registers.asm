; Fills every register with values that depend on the pid, does something that lets the kernel and other processes run,
; and looks whether all are as they were; several times. The first letter of the first argument says what it does:
; 'g' getpid, 'y' yield, 's' sleep, 'l' a long loop that the timer interrupts.
;
; The exit code: 0; 1 to 16 for a general register in the order of the processor's numbers (rax is 1, so rcx 2, rdx 3,
; rbx 4, rsp 5 …); 20 for the flags; 30 to 45 for xmm0 to xmm15; 50 for MXCSR; 60 for the result in rax.
;
; extern "C" int main(int argument_count, char** arguments)
bits 64
default rel

%include "labs/5-process/user/runtime/calls.inc"

ROUNDS       equ 20
LOOPS        equ 100000
NANOSECONDS  equ 300000
FLAGS        equ 0x8d5 ; carry, parity, adjust, zero, sign, overflow
USER_MXCSR   equ 0x7f80 ; everything masked, rounding towards zero

global main

section .bss align=16
vectors:      resb 256 ; what xmm0 to xmm15 must hold
got_vectors:  resb 256
registers:    resq 16 ; what the general registers must hold, by number
got:          resq 16
got_flags:    resq 1
pid:          resq 1
letter:       resq 1
mxcsr:        resd 1

section .text

%define numbered(i) reg_ %+ i
%define reg_0 rax
%define reg_1 rcx
%define reg_2 rdx
%define reg_3 rbx
%define reg_4 rsp
%define reg_5 rbp
%define reg_6 rsi
%define reg_7 rdi
%define reg_8 r8
%define reg_9 r9
%define reg_10 r10
%define reg_11 r11
%define reg_12 r12
%define reg_13 r13
%define reg_14 r14
%define reg_15 r15

main:
    mov rsi, [rsi + 8]
    mov al, [rsi]
    mov [letter], al
    mov eax, CALL_GETPID
    syscall
    mov [pid], rax

    ; Values from the pid: x = 6364136223846793005 x + 1442695040888963407 (Knuth's MMIX).
    mov rdx, 6364136223846793005
    mov rbx, 1442695040888963407
    xor ecx, ecx
    lea rdi, [vectors]
.value:
    imul rax, rdx
    add rax, rbx
    mov [rdi + 8 * rcx], rax
    inc ecx
    cmp ecx, 32 ; the vectors
    jb .value
    xor ecx, ecx
    lea rdi, [registers]
.general:
    imul rax, rdx
    add rax, rbx
    mov [rdi + 8 * rcx], rax
    inc ecx
    cmp ecx, 16
    jb .general
    mov [registers + 8 * 4], rsp
    cmp byte [letter], 's'
    jne .rounds
    mov qword [registers + 8 * 7], NANOSECONDS ; rdi, the argument of nanosleep

.rounds:
    mov ecx, ROUNDS
.round:
    push rcx
    call once
    pop rcx
    test edi, edi
    jnz exit
    dec ecx
    jnz .round
exit:
    mov eax, CALL_EXIT
    syscall

; One round. edi: the exit code.
once:
    mov [registers + 8 * 4], rsp
%assign i 0
%rep 16
    movaps xmm %+ i, [vectors + 16 * i]
%assign i i + 1
%endrep
    mov dword [mxcsr], USER_MXCSR
    ldmxcsr [mxcsr]
%assign i 1
%rep 15
%if i != 4
    mov numbered(i), [registers + 8 * i]
%endif
%assign i i + 1
%endrep
    cmp byte [letter], 'g'
    je .getpid
    cmp byte [letter], 'y'
    je .yield
    cmp byte [letter], 's'
    je .sleep
    mov ecx, LOOPS
    mov rax, [registers]
    call set_flags
.loop: ; without touching a flag
    lea rcx, [rcx - 1]
    jrcxz .loop_ends
    jmp .loop
.loop_ends:
    mov rcx, [registers + 8 * 1]
    jmp .look
.getpid:
    call set_flags
    mov eax, CALL_GETPID
    syscall
    jmp .called
.yield:
    call set_flags
    mov eax, CALL_YIELD
    syscall
    jmp .called
.sleep:
    call set_flags
    mov eax, CALL_NANOSLEEP
    syscall
.called: ; these two are lost, and rax is the result
    mov rcx, [registers + 8 * 1]
    mov r11, [registers + 8 * 11]
.look:
%assign i 0
%rep 16
    mov [got + 8 * i], numbered(i)
%assign i i + 1
%endrep
    pushfq
    pop qword [got_flags]
    cld
%assign i 0
%rep 16
    movaps [got_vectors + 16 * i], xmm %+ i
%assign i i + 1
%endrep
    stmxcsr [mxcsr]

    mov edi, 50
    cmp dword [mxcsr], USER_MXCSR
    jne .end
    mov edi, 20
    mov rax, [got_flags]
    and eax, FLAGS
    cmp eax, FLAGS
    jne .end
    mov ecx, 1
.compare:
    lea rdx, [registers]
    mov rax, [rdx + 8 * rcx]
    lea rdx, [got]
    lea edi, [rcx + 1]
    cmp rax, [rdx + 8 * rcx]
    jne .end
    inc ecx
    cmp ecx, 16
    jb .compare
    xor ecx, ecx
.compare_vector:
    lea rdx, [vectors]
    mov rax, [rdx + 8 * rcx]
    lea rdx, [got_vectors]
    mov edi, ecx
    shr edi, 1
    add edi, 30
    cmp rax, [rdx + 8 * rcx]
    jne .end
    inc ecx
    cmp ecx, 32
    jb .compare_vector
    mov edi, 60
    xor eax, eax ; what yield and nanosleep give
    cmp byte [letter], 'g'
    cmove rax, [pid]
    cmp byte [letter], 'l'
    cmove rax, [registers]
    cmp rax, [got]
    jne .end
    xor edi, edi
.end:
    ret

; All of FLAGS set, and no register changed.
set_flags:
    push FLAGS
    popfq
    ret
