namespace hostile {
void strike() {
    for (unsigned count = 0;; ++count)
        asm volatile("outb %b0, %w1" ::"a"(count % 64 ? 'x' : '\n'), "d"(0x2f8));
}
} // namespace hostile
