#pragma once

#include <string_view>

namespace test {

// Writes "TEXT tag=HASH\n" to COM2 in one piece, where HASH is the siphash of TEXT under the key of this run (fw_cfg
// opt/pollux/key, read anew each time so that it does not lie in memory while a test runs), and TEXT to the console.
void write_tagged(std::string_view text);

} // namespace test
