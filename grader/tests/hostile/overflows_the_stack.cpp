namespace hostile {
int descend(volatile int* above) {
    volatile int here[64] = {*above};
    return descend(here) + here[1];
}
void strike() {
    volatile int zero = 0;
    descend(&zero);
}
} // namespace hostile
