#include "kernel/process/programs.hpp"

#include "arch/x86_64/multiboot2.hpp"

namespace process {

namespace {

constinit kernel::List<ExtraProgram, &ExtraProgram::node> extra_programs;

// A module's name is what grub.cfg gave it: its path in the image, and behind a space, words for it.
std::string_view base_name(std::string_view path) {
    path = path.substr(0, path.find(' '));
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

} // namespace

std::span<const std::byte> find_program(std::string_view name) {
    for (ExtraProgram* extra = extra_programs.front(); extra != nullptr; extra = extra_programs.next(*extra))
        if (extra->name == name)
            return extra->file;
    for (const arch::Module& module : arch::boot_information().modules)
        if (!name.empty() && base_name(module.name) == name)
            return {arch::direct<const std::byte>(module.memory.begin), module.memory.bytes};
    return {};
}

ExtraProgram::ExtraProgram(std::string_view its_name, std::span<const std::byte> its_file)
    : name{its_name}, file{its_file} {
    extra_programs.push_front(*this);
}

std::size_t program_count() {
    return arch::boot_information().modules.size();
}

std::string_view program_name(std::size_t index) {
    return base_name(arch::boot_information().modules[index].name);
}

} // namespace process
