namespace hostile {
void strike() {
    asm volatile("outb %b0, %w1; cli" ::"a"(0), "d"(0x441));
    for (;;)
        asm volatile("");
}
} // namespace hostile
