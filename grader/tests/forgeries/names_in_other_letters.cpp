namespace forge {
[[gnu::noinline]] void größe() {
    asm("");
}
void* strike() {
    größe();
    return nullptr;
}
} // namespace forge
