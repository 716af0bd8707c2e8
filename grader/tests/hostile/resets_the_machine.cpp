namespace hostile {
void strike() {
    asm volatile("outb %b0, %w1" ::"a"(0xfe), "d"(0x64));
    for (;;)
        asm volatile("hlt");
}
} // namespace hostile
