; A program for each way to go wrong: the first letter of the first argument says which. Whoever survives exits with 1,
; and with 2 when there is no such letter.
;
; extern "C" int main(int argument_count, char** arguments)
bits 64
default rel

%include "labs/5-process/user/runtime/calls.inc"

KERNEL_IMAGE  equ 0xffffffff80101000
DIRECT_MAP    equ 0xffff800000100000
NON_CANONICAL equ 0x0000800000000000

global main

section .text

main:
    mov rsi, [rsi + 8]
    mov al, [rsi]
    lea rdx, [acts]
.next:
    cmp byte [rdx], 0
    je no_such_act
    cmp al, [rdx]
    je .found
    add rdx, 16
    jmp .next
.found:
    call [rdx + 8]
survived:
    mov edi, 1
    jmp exit
no_such_act:
    mov edi, 2
exit:
    mov eax, CALL_EXIT
    syscall

%macro act 2 ; letter, label
    db %1, 0, 0, 0, 0, 0, 0, 0
    dq %2
%endmacro

section .rodata
align 8
acts:
    act 'd', divide
    act 'D', quotient_too_large
    act 't', single_step
    act 'b', breakpoint
    act 'i', invalid
    act 'v', vector_extension
    act 'p', read_null
    act 'u', read_unmapped
    act 'w', write_code
    act 'W', write_constant
    act 'x', execute_stack
    act 'X', execute_data
    act 'o', overflow_stack
    act 'k', read_kernel
    act 'K', write_kernel
    act 'm', read_direct_map
    act 'j', jump_into_kernel
    act 'z', read_non_canonical
    act 'y', jump_non_canonical
    act 'r', return_non_canonical
    act 'Z', push_non_canonical
    act 'c', interrupts_off
    act 'h', halt
    act 'O', port_out
    act 'I', port_in
    act 'M', write_msr
    act 'R', read_msr
    act 'C', load_table
    act 'g', load_descriptors
    act 'G', swap_gs
    act 'n', software_interrupt
    act 'N', software_page_fault
    act 'T', software_timer
    act 'L', load_kernel_segment
    act 'f', float_division
    act 'P', call_without_stack
    act 'Q', call_with_all_flags
    act 'H', set_io_privilege
    db 0

one: dd 1.0
control: dw 0x033b ; the x87's, with the division by zero unmasked

section .data
some_data: dq 0xc3

section .text

divide:
    xor edx, edx
    mov eax, 1
    xor ecx, ecx
    div ecx
    ret
quotient_too_large:
    mov rdx, -1
    mov ecx, 1
    div rcx
    ret
single_step:
    pushfq
    or qword [rsp], 1 << 8
    popfq
    nop
    ret
breakpoint:
    int3
    ret
invalid:
    ud2
vector_extension:
    vxorps ymm0, ymm0, ymm0
    ret
read_null:
    xor eax, eax
    mov rax, [rax]
    ret
read_unmapped:
    mov eax, 0x30000000
    mov rax, [rax]
    ret
write_code:
    mov byte [write_code], 0xc3
    ret
write_constant:
    mov byte [one], 0
    ret
execute_stack:
    push 0xc3
    mov rax, rsp
    call rax
    pop rax
    ret
execute_data:
    lea rax, [some_data]
    call rax
    ret
overflow_stack:
    push rax
    jmp overflow_stack
read_kernel:
    mov rax, KERNEL_IMAGE
    mov rax, [rax]
    ret
write_kernel:
    mov rax, KERNEL_IMAGE
    mov byte [rax], 0
    ret
read_direct_map:
    mov rax, DIRECT_MAP
    mov rax, [rax]
    ret
jump_into_kernel:
    mov rax, KERNEL_IMAGE
    jmp rax
read_non_canonical:
    mov rax, NON_CANONICAL
    mov rax, [rax]
    ret
jump_non_canonical:
    mov rax, NON_CANONICAL
    jmp rax
return_non_canonical:
    mov rax, NON_CANONICAL
    push rax
    ret
push_non_canonical:
    mov rsp, NON_CANONICAL + 0x1000
    push rax
    ud2
interrupts_off:
    cli
    ret
halt:
    hlt
    ret
port_out:
    mov dx, 0xf4 ; would end the run
    mov al, 0x2a
    out dx, al
    ret
port_in:
    in al, 0x64
    ret
write_msr:
    mov ecx, 0xc0000082 ; LSTAR
    xor eax, eax
    xor edx, edx
    wrmsr
    ret
read_msr:
    mov ecx, 0xc0000080 ; EFER
    rdmsr
    ret
load_table:
    mov rax, cr3
    mov cr3, rax
    ret
load_descriptors:
    sub rsp, 16
    lgdt [rsp]
    add rsp, 16
    ret
swap_gs:
    swapgs
    ret
software_interrupt:
    int 0x80
    ret
software_page_fault:
    int 14
    ret
software_timer:
    int 0x40
    ret
load_kernel_segment:
    mov ax, 0x10
    mov ss, ax
    ret
float_division:
    fninit
    fldcw [control]
    fld1
    fldz
    fdivp
    fwait
    ret

; These three are no faults.

; The kernel has no business with ring 3's stack.
call_without_stack:
    mov rsp, NON_CANONICAL
    mov eax, CALL_GETPID
    syscall
    xor edi, edi
    test eax, eax
    jg exit
    jmp survived

; Direction, alignment check, nested task, trap-like flags that a program may set: gone in the kernel, back after it.
call_with_all_flags:
    push 0x40cd5
    popfq
    mov eax, CALL_GETPID
    syscall
    pushfq
    pop rcx
    and ecx, 0x40cd5
    xor edi, edi
    cmp ecx, 0x40cd5
    je exit
    jmp survived

; popfq leaves the privilege level of ports and the interrupt flag as they are.
set_io_privilege:
    pushfq
    or qword [rsp], 3 << 12
    and qword [rsp], ~(1 << 9)
    popfq
    pushfq
    pop rcx
    and ecx, 3 << 12 | 1 << 9
    xor edi, edi
    cmp ecx, 1 << 9
    je exit
    jmp survived
