// The manifest's bytes, without knowing any message: Protobuf's wire form inside an ELF note.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "souk/abi.h"

namespace souk {
inline namespace abi1 {
namespace detail {

/// Writes Protobuf wire bytes, or only counts them when there is no room.
class WireWriter {
 public:
  constexpr WireWriter() = default;
  constexpr WireWriter(char* out, std::size_t capacity) : out_(out), capacity_(capacity) {}

  constexpr void text(std::uint32_t field, std::string_view first, std::string_view second = {}) {
    if (first.empty() && second.empty()) return;
    varint((field << 3) | 2u);
    varint(first.size() + second.size());
    for (const char c : first)
      byte(c);
    for (const char c : second)
      byte(c);
  }
  constexpr void number(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;
    varint(field << 3);
    varint(value);
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }

 private:
  constexpr void varint(std::uint64_t value) {
    for (; value > 0x7f; value >>= 7)
      byte(static_cast<char>((value & 0x7f) | 0x80));
    byte(static_cast<char>(value));
  }
  constexpr void byte(char value) {
    if (size_ < capacity_) out_[size_] = value;
    ++size_;
  }

  char* out_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

/// Field numbers of souk.v1.PluginManifest.
namespace manifest_field {
inline constexpr std::uint32_t kId = 1, kVersion = 2, kDescription = 3, kAbiMajor = 4,
                               kAbiMinor = 5, kExtensionsRequired = 6, kExtensionsOptional = 7,
                               kServices = 8, kReads = 9, kPublishes = 10, kSettingsMessage = 11,
                               kCalls = 12, kLicense = 13, kSdkBuild = 14, kVendor = 16;
}

/// An ELF note: header, owner, and bytes padded to 4.
template <std::size_t N>
struct ElfNote {
  std::uint32_t owner_size = sizeof(SOUK_NOTE_OWNER);
  std::uint32_t bytes_size = N;
  std::uint32_t type = 0;
  char owner[8] = SOUK_NOTE_OWNER;
  char bytes[(N + 3) / 4 * 4] = {};
};

}  // namespace detail
}  // namespace abi1
}  // namespace souk
