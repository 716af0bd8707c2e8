namespace hostile {
void strike() {
    auto* volatile nowhere = reinterpret_cast<void (*)()>(0x1234'5678'9000);
    nowhere();
}
} // namespace hostile
