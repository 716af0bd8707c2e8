namespace hostile {
void strike() {
    asm volatile("cli");
    for (;;)
        asm volatile("");
}
} // namespace hostile
