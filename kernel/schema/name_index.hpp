// NameIndex: names → small numbers with one probe, through a hash without collisions that is
// searched for when the index is built.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace souk::schema {

/// Immutable after build(); safe from any thread.
class NameIndex {
 public:
  struct Entry {
    std::string_view name;  // copied
    std::uint16_t value;
  };

  /// The first of two equal names wins. At most 32,767 entries.
  void build(const std::vector<Entry>& entries);

  /// The value of `name`, or -1.
  [[nodiscard]] int find(std::string_view name) const noexcept {
    if (slots_.empty() || linear_) return find_linear(name);
    const Slot& slot = slots_[position(name, multiplier_, shift_)];
    if (slot.size != name.size()) return -1;
    return same(text_.data() + slot.begin, name.data(), name.size()) ? slot.value : -1;
  }

 private:
  struct Slot {
    std::uint32_t begin = 0;
    std::uint32_t size = UINT32_MAX;  // no name is that long: an empty slot
    std::int32_t value = -1;
  };

  template <class T>
  static std::uint64_t load(const char* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }

  /// memcmp without the call, for the lengths that names have.
  static bool same(const char* a, const char* b, std::size_t size) noexcept {
    if (size > 16) return std::memcmp(a, b, size) == 0;
    if (size >= 8) {
      const std::size_t tail = size - 8;
      return load<std::uint64_t>(a) == load<std::uint64_t>(b) &&
             load<std::uint64_t>(a + tail) == load<std::uint64_t>(b + tail);
    }
    if (size >= 4) {
      const std::size_t tail = size - 4;
      return load<std::uint32_t>(a) == load<std::uint32_t>(b) &&
             load<std::uint32_t>(a + tail) == load<std::uint32_t>(b + tail);
    }
    for (std::size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }

  /// Mixes the length with the first and last bytes: names of one message differ there.
  static std::uint64_t mix(std::string_view name) noexcept {
    const char* data = name.data();
    const std::size_t size = name.size();
    if (size >= 8) {
      const std::uint64_t middle = load<std::uint64_t>(data + (size - 8) / 2);
      return (load<std::uint64_t>(data) + size) ^ (load<std::uint64_t>(data + size - 8) * 3) ^
             (middle * 0x9E3779B97F4A7C15u);
    }
    if (size >= 4) {
      return (load<std::uint32_t>(data) | (load<std::uint32_t>(data + size - 4) << 32)) + size * 31;
    }
    std::uint64_t mixed = size;
    for (const char c : name)
      mixed = (mixed << 8) | static_cast<unsigned char>(c);
    return mixed;
  }

  static std::uint64_t spread(std::string_view name) noexcept {
    const std::uint64_t mixed = mix(name);
    return mixed ^ (mixed >> 32);
  }
  static std::size_t position(std::string_view name, std::uint64_t multiplier, int shift) noexcept {
    return static_cast<std::size_t>((spread(name) * multiplier) >> shift);
  }

  [[nodiscard]] int find_linear(std::string_view name) const noexcept;
  void place(const std::vector<Entry>& entries, std::uint64_t multiplier, int bits);

  std::vector<Slot> slots_;
  std::string text_;
  std::uint64_t multiplier_ = 0;
  int shift_ = 63;
  bool linear_ = false;  // no hash without collisions was found
};

}  // namespace souk::schema
