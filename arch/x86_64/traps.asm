; extern "C" void trap_dispatch(arch::TrapFrame& frame);
;
; One entry stub a vector. The processor has pushed SS, RSP, RFLAGS, CS, RIP and, for some exceptions, an error code; the
; stubs push a 0 where it did not, then the vector, and join. The stack is then the TrapFrame of trap.hpp, lowest first:
;
;   rsp -> r15 r14 r13 r12 r11 r10 r9 r8 rbp rdi rsi rdx rcx rbx rax | vector error_code | rip cs rflags rsp ss
;
; What comes from ring 3 ends a call of user_run and leaves no TrapFrame: user_mode.asm. NMI, double fault and machine
; check come at any instruction, between two swaps of GS too, on stacks of their own (gdt.cpp). They end the run. So does
; a debug exception of the kernel's.
;
; Intel SDM volume 3, section 6.14 "Exception and Interrupt Handling in 64-bit Mode".
extern trap_dispatch, trap_from_user, system_call_entry
global trap_entries

MSR_GS_BASE equ 0xc0000101

%macro push_registers 0
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
%endmacro

section .text
%assign vector 0
%rep 256
trap_entry_%+vector:
%if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21 && vector != 29 && vector != 30
    push 0
%endif
    push vector
%if vector == 1
    jmp near trap_debug
%elif vector == 2 || vector == 8 || vector == 18
    jmp near trap_on_own_stack
%else
    jmp near trap_common
%endif
%assign vector vector + 1
%endrep

trap_common:
    test byte [rsp + 24], 3             ; cs: its privilege level
    jnz trap_from_user
    push_registers
    cld
    mov rdi, rsp                        ; 22 words on a 16-byte aligned stack: still aligned for the call
    xor ebp, ebp                        ; a backtrace ends here and goes on from the TrapFrame
    call trap_dispatch
.return:
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
    add rsp, 16                         ; vector and error code
    iretq

; With the trap flag set, `syscall` may raise a debug exception behind it, in ring 0 before its first instruction (Bochs
; does; MSR FMASK has cleared the flag by then, so no processor need). It is nobody's, and on a stack of its own.
trap_debug:
    test byte [rsp + 24], 3
    jnz trap_from_user                  ; which leaves this stack
    cmp qword [rsp + 16], system_call_entry
    jne trap_on_own_stack
    add rsp, 16                         ; vector and error code
    iretq

trap_on_own_stack:
    push_registers
    mov ecx, MSR_GS_BASE
    rdmsr
    test edx, edx                       ; the kernel's is in the upper half; ring 3's is 0, and it cannot set another
    js .kernels
    swapgs
.kernels:
    push 2                              ; ring 3's flags may be in force still: AC, DF, NT
    popfq
    mov rdi, rsp
    xor ebp, ebp
    call trap_dispatch                  ; does not return

section .rodata
align 8
trap_entries:                           ; the 256 addresses, for idt.cpp
%assign vector 0
%rep 256
    dq trap_entry_%+vector
%assign vector vector + 1
%endrep
