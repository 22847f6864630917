// Byte views across the boundary, and messages to and from them.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "souk/abi.h"
#include "souk/result.hpp"
#include "souk/types.hpp"

namespace souk {
inline namespace abi1 {

[[nodiscard]] inline std::string_view to_view(souk_bytes bytes) noexcept {
  return bytes.size == 0 ? std::string_view{}
                         : std::string_view{bytes.data, static_cast<std::size_t>(bytes.size)};
}

[[nodiscard]] inline souk_bytes to_bytes(std::string_view text) noexcept {
  return souk_bytes{text.data(), text.size()};
}

namespace detail {

/// Replaces `message` by what the wire bytes say. False when they are malformed or 2 GiB and more.
template <class M>
[[nodiscard]] bool parse(M& message, souk_bytes bytes) {
  if (bytes.size > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return false;
  return message.ParseFromArray(bytes.data, static_cast<int>(bytes.size));
}

/// Writes the message's wire bytes into `out`, reusing its capacity. The same message gives the
/// same bytes unless it holds a map field.
template <class M>
[[nodiscard]] bool serialize(const M& message, std::string& out) {
  return message.SerializeToString(&out);
}

/// An object of T for the length of a scope: each thread keeps one and lends it again and again, so
/// that a warm thread allocates nothing. Nested use on one thread gets an object of its own; two
/// uses that always nest have a `Role` each.
template <class T, class Role = void>
class Lease {
 public:
  Lease() : slot_(slot()) {
    if (slot_.busy) {
      own_ = new T();
    } else {
      slot_.busy = true;
    }
  }
  ~Lease() {
    if (own_ != nullptr) {
      delete own_;
    } else {
      slot_.busy = false;
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  T& operator*() noexcept { return own_ != nullptr ? *own_ : slot_.value; }
  T* operator->() noexcept { return &**this; }

 private:
  struct Slot {
    T value;
    bool busy = false;
  };
  static Slot& slot() {
    thread_local Slot slot;
    return slot;
  }

  Slot& slot_;
  T* own_ = nullptr;
};

/// Reused objects that met a message larger than this are made anew, so that one giant does not
/// stay.
inline constexpr std::uint64_t kKeepCapacityBelow = 256 * 1024;

}  // namespace detail
}  // namespace abi1
}  // namespace souk
