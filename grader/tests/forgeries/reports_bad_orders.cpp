namespace forge {
void* strike() {
    asm volatile("outb %b0, %w1" ::"a"(0x2f), "d"(0xf4));
    return nullptr;
}
} // namespace forge
