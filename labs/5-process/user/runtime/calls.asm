; The way into the kernel.
bits 64
default rel

global system_call

section .text

; std::int64_t system_call(SystemCall number, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t)
;   System V passes in      rdi                rsi            rdx            rcx            r8
;   the kernel wants        rax                rdi            rsi            rdx            r10
; rcx and r11 are lost, as a function may lose them.
system_call:
    mov rax, rdi
    mov rdi, rsi
    mov rsi, rdx
    mov rdx, rcx
    mov r10, r8
    syscall
    ret
