namespace hostile {
void strike() {
    for (;;)
        asm volatile("outb %b0, %w1" ::"a"('x'), "d"(0x3f8));
}
} // namespace hostile
