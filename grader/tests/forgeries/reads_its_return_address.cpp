namespace forge {
void* strike() {
    auto** frame = static_cast<unsigned long**>(__builtin_frame_address(0));
    frame[0][1] = frame[0][0]; // our caller returns somewhere else
    return nullptr;
}
} // namespace forge
