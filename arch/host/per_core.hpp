#pragma once

#include <type_traits>

#define PER_CORE

// A host's test runs on one core.
namespace arch {

template<typename T>
class PerCore {
public:
    constexpr PerCore() = default;
    constexpr explicit PerCore(T value) : value_{value} {}
    PerCore(const PerCore&) = delete;
    PerCore& operator=(const PerCore&) = delete;

    operator T() const
        requires std::is_scalar_v<T>
    {
        return value_;
    }
    PerCore& operator=(T value)
        requires std::is_scalar_v<T>
    {
        value_ = value;
        return *this;
    }

    T& operator*() { return value_; }
    T* operator->() { return &value_; }
    T& of(unsigned /* core */) { return value_; }

private:
    T value_{};
};

} // namespace arch
