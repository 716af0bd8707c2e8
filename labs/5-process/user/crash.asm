; Does what its argument names, and is ended for it. Without one it lists the kinds.
;
; extern "C" int main(int argument_count, char** arguments)
bits 64
default rel

%include "labs/5-process/user/runtime/calls.inc"

KERNEL_IMAGE  equ 0xffffffff80101000
NON_CANONICAL equ 0x0000800000000000
CONSOLE_PORT  equ 0x3f8
OUTPUT        equ 1

global main

section .text

main:
    cmp edi, 2
    jne list
    mov rsi, [rsi + 8]                  ; arguments[1]
    lea rdx, [kinds]
.next_kind:
    mov rdi, [rdx]                      ; its name
    test rdi, rdi
    jz list
    mov rcx, rsi
.next_byte:
    mov al, [rcx]
    cmp al, [rdi]
    jne .another
    test al, al
    jz .found
    inc rcx
    inc rdi
    jmp .next_byte
.another:
    add rdx, 16
    jmp .next_kind
.found:
    call [rdx + 8]
    mov eax, 1                          ; it survived
    ret

list:
    mov edi, OUTPUT
    lea rsi, [usage]
    mov edx, usage_end - usage
    mov eax, CALL_WRITE
    syscall
    mov eax, 1
    ret

divide:
    xor ecx, ecx
    div ecx
    ret
opcode:
    ud2
breakpoint:
    int3
    ret
step:
    pushfq
    or dword [rsp], 1 << 8              ; the trap flag
    popfq
    nop
    ret
null:
    xor ecx, ecx
    mov eax, [rcx]
    ret
kernel:
    mov rax, KERNEL_IMAGE
    mov eax, [rax]
    ret
code:
    mov byte [main], 0
    ret
stack:
    mov byte [rsp - 8], 0xc3            ; ret
    lea rax, [rsp - 8]
    call rax
    ret
overflow:
    call overflow
    ret
address:
    mov rax, NON_CANONICAL
    mov eax, [rax]
    ret
jump:
    mov rax, NON_CANONICAL
    jmp rax
halt:
    hlt
    ret
port:
    mov edx, CONSOLE_PORT
    in al, dx
    ret
interrupt:
    int 0x40
    ret

%macro kind 1
    section .rodata
%%name: db %str(%1), 0
    section .data
    dq %%name, %1
%endmacro

section .data
align 8
kinds:
    kind divide
    kind opcode
    kind breakpoint
    kind step
    kind null
    kind kernel
    kind code
    kind stack
    kind overflow
    kind address
    kind jump
    kind halt
    kind port
    kind interrupt
    dq 0

section .rodata
usage:
    db "crash divide|opcode|breakpoint|step|null|kernel|code|", 10
    db "      stack|overflow|address|jump|halt|port|interrupt", 10
usage_end:
