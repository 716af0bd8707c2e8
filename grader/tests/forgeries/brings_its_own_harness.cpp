namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
