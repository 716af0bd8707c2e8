namespace forge {
void* strike() {
    reinterpret_cast<void (*)()>(reinterpret_cast<unsigned long>(&kernel::not_written) + 64)();
    return nullptr;
}
} // namespace forge
