namespace hostile {
void strike() {
    // ACPI's sleep of a PIIX4, S3, which the machine never comes back from: power management switched on at its PCI
    // configuration, then sleep type 1 and sleep enable into PM1a control.
    auto out32 = [](unsigned value, unsigned short port) { asm volatile("outl %0, %1" ::"a"(value), "d"(port)); };
    auto out16 = [](unsigned short value, unsigned short port) { asm volatile("outw %0, %1" ::"a"(value), "d"(port)); };
    out32(0x80000000 | 1 << 11 | 3 << 8 | 0x40, 0xcf8);
    out32(0xb001, 0xcfc);
    out32(0x80000000 | 1 << 11 | 3 << 8 | 0x80, 0xcf8);
    out32(1, 0xcfc);
    out16(1 << 10 | 1 << 13, 0xb004);
    for (;;) {
    }
}
} // namespace hostile
