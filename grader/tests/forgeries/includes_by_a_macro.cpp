#define FORGE_FILE "labs/2-executor/executor.cpp"
#include FORGE_FILE
namespace forge {
void* strike() {
    return nullptr;
}
} // namespace forge
