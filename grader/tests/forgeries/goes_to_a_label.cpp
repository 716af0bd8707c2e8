namespace forge {
void* strike() {
    void* volatile place = &&here;
    goto* place;
here:
    return nullptr;
}
} // namespace forge
