namespace hostile {
void strike() {
    int* volatile nowhere = nullptr;
    *nowhere = 1;
}
} // namespace hostile
