namespace hostile {
void strike() {
    const struct [[gnu::packed]] {
        unsigned short limit = 0;
        unsigned long base = 0;
    } nothing;
    asm volatile("lidt %0; int3" ::"m"(nothing));
}
} // namespace hostile
