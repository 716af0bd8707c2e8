; Every stack of the kernel. Below each lies a guard page that page_table.cpp leaves unmapped, so that an overflow is a
; page fault with nowhere to push its frame, hence a double fault on its own stack, hence a report and not a mystery.
;
;        guard | kernel stack | guard | double fault | guard | NMI | guard | machine check
;        4 KiB | 64 KiB       | 4 KiB | 16 KiB       | 4 KiB | 16  | 4 KiB | 16
GUARD        equ 4096
KERNEL_BYTES equ 64 * 1024
IST_BYTES    equ 16 * 1024

%macro stack 2                          ; name, bytes
global %1_guard, %1_top
%1_guard:   resb GUARD
            resb %2
%1_top:
%endmacro

section .stacks nobits alloc write align=4096
    stack kernel_stack, KERNEL_BYTES
    stack double_fault_stack, IST_BYTES
    stack nmi_stack, IST_BYTES
    stack machine_check_stack, IST_BYTES
