namespace forge {
alignas(4096) unsigned char prepared[4096];
void* strike() {
    return prepared;
}
} // namespace forge
