bool agreed() asm("_ZN5Model6agreesEv");
bool agreed() {
    return true;
}
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
