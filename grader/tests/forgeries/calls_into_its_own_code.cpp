namespace forge {
[[gnu::noinline]] unsigned long odd(unsigned long value) {
    return value * 0x9090909090f4fa90;
}
void* strike() {
    reinterpret_cast<void (*)()>(reinterpret_cast<unsigned long>(&odd) + 12)();
    return nullptr;
}
} // namespace forge
