namespace forge {
[[gnu::noinline]] unsigned long odd(unsigned long value) {
    return value * 0x9090909090f4fa90; // cli, hlt
}
void* strike() {
    void (*volatile taken)() = reinterpret_cast<void (*)()>(&odd);
    auto at = reinterpret_cast<unsigned long>(taken);
    while (*reinterpret_cast<const unsigned short*>(at) != 0xf4fa)
        ++at;
    reinterpret_cast<void (*)()>(at)();
    return nullptr;
}
} // namespace forge
