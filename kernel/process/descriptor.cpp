#include "kernel/process/descriptor.hpp"

namespace process {

std::expected<std::uint32_t, kernel::Error> DescriptorTable::add(Descriptor descriptor) {
    for (std::uint32_t index = 0; index < abi::DESCRIPTOR_COUNT; ++index)
        if (!entries_[index].is_open()) {
            entries_[index] = std::move(descriptor);
            return index;
        }
    return std::unexpected{kernel::Error::too_many};
}

} // namespace process
