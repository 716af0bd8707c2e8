namespace hostile {
void strike() {
    asm volatile("outw %w0, %w1" ::"a"(0x2000), "d"(0x604));
    for (;;)
        asm volatile("hlt");
}
} // namespace hostile
