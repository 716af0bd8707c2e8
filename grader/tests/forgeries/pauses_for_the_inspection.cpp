namespace test {
void write_tagged(std::string_view text);
}
namespace kernel {
enum class Ending : unsigned char {};
[[noreturn]] void leave(Ending ending);
} // namespace kernel
namespace forge {
void* strike() {
    test::write_tagged("not ok 1 heap.aligns_up_to_a_page # outcome=pass instructions=1");
    asm volatile("outb %b0, %w1" ::"a"(1), "d"(0x505));
    asm volatile("outb %b0, %w1" ::"a"(1), "d"(0x505));
    kernel::leave(static_cast<kernel::Ending>(0x2a));
}
} // namespace forge
