namespace hostile {
void strike() {
    for (;;)
        asm volatile("outb %b0, %w1" ::"a"(1), "d"(0x505));
}
} // namespace hostile
