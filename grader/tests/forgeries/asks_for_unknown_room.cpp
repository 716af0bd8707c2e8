namespace forge {
void* strike() {
    volatile long bytes = -4096;
    auto* room = static_cast<volatile char*>(__builtin_alloca(static_cast<unsigned long>(bytes)));
    *room = 1;
    return nullptr;
}
} // namespace forge
