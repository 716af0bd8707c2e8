namespace forge {
char* kept = reinterpret_cast<char*>(&kernel::not_written) - 0x140;
void* strike() {
    reinterpret_cast<void (*)()>(kept)();
    return nullptr;
}
} // namespace forge
