#pragma once

// The headers of the C++ library that a layer may include: what works without an operating system and needs nothing at
// run time. The grader's audit refuses all others (grader/pollux/audit/source.py).
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <bitset>
#include <cassert>
#include <cerrno>
#include <climits>
#include <compare>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <ranges>
#include <source_location>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <version>

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
