#pragma once

#include <span>
#include <string_view>

namespace arch {

// Reads the file `name` of QEMU's firmware configuration device (QEMU docs/specs/fw_cfg.rst), as set by
// `-fw_cfg name=…,string=…`, into `buffer`, and returns what fits of it; empty when there is no such file or no such
// device. Polls; interrupts on or off; the device has one position, so not from an interrupt handler.
std::string_view firmware_config_read(std::string_view name, std::span<char> buffer);

} // namespace arch
