namespace hostile {
void strike() {
    asm volatile("outb %b0, %w1" ::"a"(1), "d"(0x505));
    for (;;)
        asm volatile("");
}
} // namespace hostile
