namespace hostile {
void strike() {
    asm volatile("outb %b0, %w1" ::"a"(0), "d"(0x441));
    asm volatile("cli; hlt");
}
} // namespace hostile
