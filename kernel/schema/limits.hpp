// Limits: what the codec accepts at most. Every entry point takes them; the defaults suit requests.
#pragma once

#include <cstddef>
#include <cstdint>

namespace souk::schema {

struct Limits {
  /// Messages, lists and maps inside one another, the outermost included.
  std::uint32_t max_depth = 64;
  /// Bytes of input, and bytes of what is made of it.
  std::size_t max_bytes = std::size_t{16} << 20;
  /// Elements of one repeated field or map.
  std::uint32_t max_elements = 100'000;
};

}  // namespace souk::schema
