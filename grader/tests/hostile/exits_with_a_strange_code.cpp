namespace hostile {
void strike() {
    asm volatile("outb %b0, %w1" ::"a"(0x0c), "d"(0xf4));
}
} // namespace hostile
