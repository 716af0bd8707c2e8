namespace forge {
[[gnu::used]] void hidden() asm("a\nb");
void hidden() {}
void* strike() {
    hidden();
    return nullptr;
}
} // namespace forge
