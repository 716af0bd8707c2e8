; extern "C" void thread_switch(std::uint64_t* save, std::uint64_t load);
;
; For the benchmarks' preemptible threads only: the kernel itself has none. Leaves one stack and goes on with another,
; with everything on it that a preemption must keep: what the processor pushes when it interrupts, then every register.
; A thread that was never switched away from finds the same picture, made by bench::Thread.
;
;   load -> r15 r14 r13 r12 r11 r10 r9 r8 rbp rdi rsi rdx rcx rbx rax | rip cs rflags rsp ss
;
; The kernel uses no vector registers, so unlike a preempted thread of most kernels this one need not save those.
%include "arch/x86_64/layout.inc"
global thread_switch

section .text
thread_switch:
    mov r8, rsp                         ; as after our return: the address is popped by then
    add r8, 8
    pop r9                              ; where we return to
    push KERNEL_DATA                    ; ss
    push r8                             ; rsp
    pushfq
    push KERNEL_CODE                    ; cs
    push r9                             ; rip
    push rax
    push rbx
    push rcx
    push rdx
    push rsi
    push rdi
    push rbp
    push r8
    push r9
    push r10
    push r11
    push r12
    push r13
    push r14
    push r15
    mov [rdi], rsp
    mov rsp, rsi
    pop r15
    pop r14
    pop r13
    pop r12
    pop r11
    pop r10
    pop r9
    pop r8
    pop rbp
    pop rdi
    pop rsi
    pop rdx
    pop rcx
    pop rbx
    pop rax
    iretq
