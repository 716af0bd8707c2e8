; extern "C" [[noreturn]] void kernel_main(std::uint32_t multiboot2_information);
;
; From GRUB to C++. GRUB enters entry_32 in 32-bit protected mode without paging, interrupts off, eax = the multiboot2
; magic, ebx = the physical address of its information (Multiboot2 Specification 2.0, section 3.2). From here:
;
;   1. check the loader and the processor      4. turn on paging: compatibility mode
;   2. build boot page tables                  5. far jump to a 64-bit code segment
;   3. PAE, long mode enable, no-execute       6. jump to the higher half, take the kernel stack, call kernel_main
;
; Intel SDM volume 3, section 10.8.5 "Initializing IA-32e Mode" is steps 3 to 5.
%include "arch/x86_64/layout.inc"

MULTIBOOT2_LOADED equ 0x36d76289
CR0_WP            equ 1 << 16
CR0_PG            equ 1 << 31
CR4_PAE           equ 1 << 5
MSR_EFER          equ 0xc0000080
EFER_LME          equ 1 << 8
EFER_NXE          equ 1 << 11
CPUID_LONG_MODE   equ 1 << 29           ; leaf 0x80000001, edx
CPUID_NO_EXECUTE  equ 1 << 20
PRESENT_WRITABLE  equ 0x03
LARGE_PAGE        equ 0x80
COM1              equ 0x3f8
LINE_STATUS       equ 5
TRANSMITTER_EMPTY equ 1 << 5
PATIENCE          equ 1 << 16           ; looks at a port that never says so

extern kernel_main
extern kernel_stack_top
global entry_32, boot_pml4

section .boot progbits alloc exec write align=16
bits 32
entry_32:
    cld
    mov esp, boot_stack_top             ; a small stack at its physical address, until step 6
    mov esi, message_loader
    cmp eax, MULTIBOOT2_LOADED          ; step 1
    jne stop
    mov edi, ebx                        ; kept for kernel_main; cpuid overwrites ebx
    mov esi, message_processor
    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb stop
    mov eax, 0x80000001
    cpuid
    and edx, CPUID_LONG_MODE | CPUID_NO_EXECUTE
    cmp edx, CPUID_LONG_MODE | CPUID_NO_EXECUTE
    jne stop

    ; Step 2. The first GiB three times, in 2 MiB pages: at its own address (this code), at KERNEL_BASE (C++), and in the
    ; direct map (the multiboot2 information). page_table.cpp replaces all of it by tables with real permissions.
    mov eax, boot_directory + PRESENT_WRITABLE
    mov [boot_pdpt_low], eax            ; entry 0: address 0, and DIRECT_MAP_BASE
    mov [boot_pdpt_high + 510 * 8], eax ; entry 510 of the last 512 GiB: KERNEL_BASE
    mov eax, boot_pdpt_low + PRESENT_WRITABLE
    mov [boot_pml4], eax                ; entry 0:   address 0
    mov [boot_pml4 + 256 * 8], eax      ; entry 256: DIRECT_MAP_BASE
    mov dword [boot_pml4 + 511 * 8], boot_pdpt_high + PRESENT_WRITABLE
    xor ecx, ecx
.next_page:
    mov eax, ecx
    shl eax, 21                         ; page number -> physical address
    or eax, PRESENT_WRITABLE | LARGE_PAGE
    mov [boot_directory + ecx * 8], eax ; the upper half of each entry stays 0: GRUB clears this memory
    inc ecx
    cmp ecx, 512
    jb .next_page

.long_mode:                             ; step 3
    mov eax, cr4
    or eax, CR4_PAE
    mov cr4, eax
    mov eax, boot_pml4
    mov cr3, eax
    mov ecx, MSR_EFER
    rdmsr
    or eax, EFER_LME | EFER_NXE
    wrmsr
    mov eax, cr0                        ; step 4
    or eax, CR0_PG | CR0_WP
    mov cr0, eax
    lgdt [boot_gdt_pointer]             ; step 5
    jmp KERNEL_CODE:entry_64

; Says why on the serial line, and stops. esi: the message, ending in 0. The port takes a byte when its line status says
; so, which takes a tenth of a millisecond at the speed that the firmware left; where there is no port it always does.
stop:
    mov dx, COM1 + LINE_STATUS
    mov ecx, PATIENCE
.not_empty:
    in al, dx
    test al, TRANSMITTER_EMPTY
    loopz .not_empty
    mov dx, COM1
    lodsb
    test al, al
    jz .halt
    out dx, al
    jmp stop
.halt:
    hlt
    jmp .halt

message_loader:    db "pollux: not loaded by a multiboot2 loader", 13, 10, 0
message_processor: db "pollux: this processor has no long mode with no-execute pages", 13, 10, 0

bits 64
entry_64:
    xor eax, eax                        ; step 6. Data segments mean nothing in long mode but must be valid or null
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov fs, eax
    mov gs, eax
    mov rsp, kernel_stack_top
    xor ebp, ebp                        ; the end of every backtrace
    mov edi, edi                        ; first argument: the information's physical address, zero-extended
    mov rax, kernel_main
    call rax                            ; does not return; `call` keeps the stack aligned as the ABI wants it

align 16
boot_gdt:
    dq 0
    dq 0x00af9a000000ffff               ; KERNEL_CODE: 64-bit, ring 0, execute and read
    dq 0x00cf92000000ffff               ; KERNEL_DATA
boot_gdt_pointer:
    dw $ - boot_gdt - 1
    dd boot_gdt

section .boot.bss nobits alloc write align=4096
boot_pml4:      resb 4096
boot_pdpt_low:  resb 4096
boot_pdpt_high: resb 4096
boot_directory: resb 4096
boot_stack:     resb 256
boot_stack_top:
