; extern "C" [[noreturn]] void core_main(arch::Core& core);
;
; From STARTUP to C++, for every core but the first. It begins in real mode at cs:0000, where cs is a sixteenth of the
; page that cores.cpp has copied start_core to: start_core_end - start_core bytes, with three addresses filled in, since
; only cs says where the page is. From here:
;
;   1. PAE, the boot tables of entry.asm (which map the page at its own address), long mode enable, no-execute
;   2. protection and paging at once: long mode (the SDM's order has protected mode in between; no processor needs it)
;   3. far jump to a 64-bit code segment, and to the higher half
;   4. the kernel's own tables, a stack, core_main
;
; A core may come so late that core 0 has given it up and starts the next one. So it takes the stack that is laid out
; in core_stack, and leaves 0 there, in one step: who finds 0 stops for good.
;
; Intel SDM volume 3, sections 9.4.4 "MP Initialization Example" and 10.8.5 "Initializing IA-32e Mode".
%include "arch/x86_64/layout.inc"

CR0_PE          equ 1 << 0
CR0_WP          equ 1 << 16
CR0_NW          equ 1 << 29             ; INIT leaves the caches off
CR0_CD          equ 1 << 30
CR0_PG          equ 1 << 31
CR4_PAE         equ 1 << 5
MSR_EFER        equ 0xc0000080
EFER_LME        equ 1 << 8
EFER_NXE        equ 1 << 11

extern boot_pml4, core_main
global start_core, start_core_end, start_core_gdt_base, start_core_jump, start_core_gdt, start_core_long
global core_root, core_stack, core_itself

section .rodata
bits 16
align 16
start_core:
    cli
    cld
    mov ax, cs
    mov ds, ax
    mov eax, CR4_PAE                    ; step 1
    mov cr4, eax
    mov eax, [.boot_tables - start_core]
    mov cr3, eax
    mov ecx, MSR_EFER
    rdmsr
    or eax, EFER_LME | EFER_NXE
    wrmsr
    o32 lgdt [.gdt_pointer - start_core]
    mov eax, cr0                        ; step 2
    and eax, ~(CR0_NW | CR0_CD)
    or eax, CR0_PG | CR0_WP | CR0_PE
    mov cr0, eax
    o32 jmp far [start_core_jump - start_core]

bits 64
start_core_long:                        ; step 3
    xor eax, eax
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov fs, eax
    mov gs, eax
    mov rax, core_in_higher_half
    jmp rax

align 8
start_core_gdt:
    dq 0
    dq 0x00af9a000000ffff               ; KERNEL_CODE: 64-bit, ring 0, execute and read
    dq 0x00cf92000000ffff               ; KERNEL_DATA
.end:
start_core.gdt_pointer:
    dw start_core_gdt.end - start_core_gdt - 1
start_core_gdt_base:
    dd 0                                ; filled in: the address of start_core_gdt in the page
align 4
start_core_jump:
    dd 0                                ; filled in: that of start_core_long
    dw KERNEL_CODE
align 4
start_core.boot_tables:
    dd boot_pml4
start_core_end:

section .text
core_in_higher_half:                    ; step 4
    mov rax, [core_root]
    mov cr3, rax
    mov rdi, [core_itself]
    xor esp, esp
    xchg rsp, [core_stack]
    test rsp, rsp
    jz .too_late
    xor ebp, ebp                        ; the end of every backtrace
    call core_main                      ; does not return
.too_late:
    cli
    hlt
    jmp .too_late

section .data
align 8
core_root:      dq 0                    ; what cores.cpp lays out for the next core: the kernel's tables,
core_stack:     dq 0                    ; the top of its stack, or 0,
core_itself:    dq 0                    ; and its Core
