namespace forge {
void* place[5];
void* strike() {
    __builtin_longjmp(place, 1);
}
} // namespace forge
#define FORGE_LATER(bytes) ((bytes) == 24 ? (void)__builtin_setjmp(forge::place) : (void)0)
