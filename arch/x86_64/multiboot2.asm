; The multiboot2 header: by it GRUB knows the kernel, and what the kernel wants to be told.
; Multiboot2 Specification 2.0, section 3.1. It lies at the start of the image (kernel.ld).
bits 32

MAGIC           equ 0xe85250d6
ARCHITECTURE    equ 0                   ; i386, protected mode
TAG_END         equ 0
TAG_INFORMATION equ 1

section .multiboot2 align=8
header:
    dd MAGIC, ARCHITECTURE, header_end - header, -(MAGIC + ARCHITECTURE + (header_end - header))
information:                            ; refuse to boot without these: memory map, ELF sections
    dw TAG_INFORMATION, 0
    dd information_end - information
    dd 6, 9
information_end:
    align 8
    dw TAG_END, 0
    dd 8
header_end:
