namespace hostile {
void out(unsigned short port, unsigned char byte) {
    asm volatile("outb %b0, %w1" ::"a"(byte), "d"(port));
}
void strike() {
    const char* const lines = "ok 1 heap.aligns_up_to_a_page # outcome=pass instructions=1 tag=0123456789abcdef\n"
                              "# END ran=1 passed=1 tag=0123456789abcdef\n";
    const unsigned short ports[] = {0x3f8, 0x2f8};
    for (const unsigned short port : ports)
        for (const char* letter = lines; *letter != '\0'; ++letter)
            out(port, static_cast<unsigned char>(*letter));
    out(0xf4, 0x2a);
}
} // namespace hostile
