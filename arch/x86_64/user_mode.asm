; extern "C" arch::Trap user_run(arch::UserContext& context);
;
; The last part of enter_user (user_mode.cpp), which has turned interrupts off and seen to the flags, to the vector state
; and that rip lies in the lower half: restores the registers of ring 3, goes there, and returns when ring 3 traps, to
; whoever called enter_user. A Trap is returned in rax and rdx; that of a system call is all zeros.
;
; The stack of user_run is where every trap of ring 3 lands: rsp[0] of the task state points to it.
;
;        rsp[0] -> r15 r14 r13 r12 rbp rbx | return address | the frame of who called enter_user …
;   and below it, for an interrupt or exception, what traps.asm and the processor push:
;        vector error_code | rip cs rflags rsp ss | (16-byte alignment) | rsp[0]
;
; GS. In the kernel its base is what leads to this core's own (per_core.hpp), in ring 3 it is 0. It is swapped as the last thing before ring 3 and as
; the first thing after, with interrupts off in between, and in two places only: user_run and here below for `syscall`,
; trap_from_user for the rest. NMI, double fault and machine check may come in between; they have stacks of their own and
; look at GS itself (traps.asm). No other exception can: between the swaps nothing touches memory but the kernel's own,
; sysret returns to a canonical address (rip lies in the lower half), and so does iretq, with constant segments and
; clean flags.
;
; AC (with which the kernel could touch ring 3's memory in spite of SMAP), DF, NT and TF are ring 3's to set. `syscall`
; clears them (MSR FMASK), trap_from_user does it itself.
%include "arch/x86_64/layout.inc"

extern user_trapped, own_core
global user_run, system_call_entry, trap_from_user

%macro pop_kept 0
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
%endmacro

section .text
user_run:
    push rbx                            ; what a function must keep
    push rbp
    push r12
    push r13
    push r14
    push r15
    mov own(CORE_USER), rdi
    mov own(CORE_STACK), rsp

    mov rcx, [rdi + CONTEXT_RIP]        ; sysret takes rip from rcx and flags from r11: right after a system call
    cmp rcx, [rdi + CONTEXT_RCX]
    jne .by_iretq
    mov r11, [rdi + CONTEXT_RFLAGS]
    cmp r11, [rdi + CONTEXT_R11]
    jne .by_iretq
    mov rax, [rdi + CONTEXT_RAX]
    mov rbx, [rdi + CONTEXT_RBX]
    mov rdx, [rdi + CONTEXT_RDX]
    mov rsi, [rdi + CONTEXT_RSI]
    mov rbp, [rdi + CONTEXT_RBP]
    mov r8, [rdi + CONTEXT_R8]
    mov r9, [rdi + CONTEXT_R9]
    mov r10, [rdi + CONTEXT_R10]
    mov r12, [rdi + CONTEXT_R12]
    mov r13, [rdi + CONTEXT_R13]
    mov r14, [rdi + CONTEXT_R14]
    mov r15, [rdi + CONTEXT_R15]
    mov rsp, [rdi + CONTEXT_RSP]
    mov rdi, [rdi + CONTEXT_RDI]
.leave:
    swapgs
    o64 sysret

.by_iretq:
    push USER_DATA                      ; the frame of iretq: rip cs rflags rsp ss
    push qword [rdi + CONTEXT_RSP]
    push qword [rdi + CONTEXT_RFLAGS]
    push USER_CODE
    push rcx
    mov rax, [rdi + CONTEXT_RAX]
    mov rbx, [rdi + CONTEXT_RBX]
    mov rcx, [rdi + CONTEXT_RCX]
    mov rdx, [rdi + CONTEXT_RDX]
    mov rsi, [rdi + CONTEXT_RSI]
    mov rbp, [rdi + CONTEXT_RBP]
    mov r8, [rdi + CONTEXT_R8]
    mov r9, [rdi + CONTEXT_R9]
    mov r10, [rdi + CONTEXT_R10]
    mov r11, [rdi + CONTEXT_R11]
    mov r12, [rdi + CONTEXT_R12]
    mov r13, [rdi + CONTEXT_R13]
    mov r14, [rdi + CONTEXT_R14]
    mov r15, [rdi + CONTEXT_R15]
    mov rdi, [rdi + CONTEXT_RDI]
    swapgs
    iretq

; MSR LSTAR: ring 3 executed `syscall`. rcx is its rip, r11 its flags; rsp and GS are still ring 3's.
system_call_entry:
    swapgs
    mov own(CORE_USER_STACK), rsp
    mov rsp, own(CORE_USER)             ; the context, not a stack: nothing is pushed until rsp is the kernel's
    mov [rsp + CONTEXT_RAX], rax
    mov [rsp + CONTEXT_RBX], rbx
    mov [rsp + CONTEXT_RCX], rcx
    mov [rsp + CONTEXT_RIP], rcx
    mov [rsp + CONTEXT_RDX], rdx
    mov [rsp + CONTEXT_RSI], rsi
    mov [rsp + CONTEXT_RDI], rdi
    mov [rsp + CONTEXT_RBP], rbp
    mov [rsp + CONTEXT_R8], r8
    mov [rsp + CONTEXT_R9], r9
    mov [rsp + CONTEXT_R10], r10
    mov [rsp + CONTEXT_R11], r11
    mov [rsp + CONTEXT_RFLAGS], r11
    mov [rsp + CONTEXT_R12], r12
    mov [rsp + CONTEXT_R13], r13
    mov [rsp + CONTEXT_R14], r14
    mov [rsp + CONTEXT_R15], r15
    mov rax, own(CORE_USER_STACK)
    mov [rsp + CONTEXT_RSP], rax
    mov rsp, own(CORE_STACK)
    pop_kept
    xor eax, eax
    xor edx, edx
    sti
    ret

; An interrupt or exception of ring 3, from trap_common: rsp -> vector error_code | rip cs rflags rsp ss. GS is ring 3's.
trap_from_user:
    swapgs
    push rax
    mov rax, own(CORE_USER)
    mov [rax + CONTEXT_RBX], rbx
    mov [rax + CONTEXT_RCX], rcx
    mov [rax + CONTEXT_RDX], rdx
    mov [rax + CONTEXT_RSI], rsi
    mov [rax + CONTEXT_RDI], rdi
    mov [rax + CONTEXT_RBP], rbp
    mov [rax + CONTEXT_R8], r8
    mov [rax + CONTEXT_R9], r9
    mov [rax + CONTEXT_R10], r10
    mov [rax + CONTEXT_R11], r11
    mov [rax + CONTEXT_R12], r12
    mov [rax + CONTEXT_R13], r13
    mov [rax + CONTEXT_R14], r14
    mov [rax + CONTEXT_R15], r15
    pop qword [rax + CONTEXT_RAX]
    pop rdi                             ; vector
    pop rsi                             ; error code
    pop qword [rax + CONTEXT_RIP]
    add rsp, 8                          ; cs
    pop qword [rax + CONTEXT_RFLAGS]
    pop qword [rax + CONTEXT_RSP]
    mov rsp, own(CORE_STACK)
    push 2                              ; no flags but the one that is always set
    popfq
    pop_kept
    jmp user_trapped                    ; Trap user_trapped(std::uint64_t vector, std::uint64_t error_code)
