// Which fields of a message have been met while reading it. Used inside this room only.
#pragma once

#include <cstdint>

#include "kernel/schema/json_reader.hpp"
#include "kernel/schema/number_text.hpp"

namespace souk::schema {

/// Checks the grammar of a number and gives its value as a double's bits.
inline NumberError parse_json_number(std::string_view text, std::uint64_t& bits) noexcept {
  return parse_number(text, Kind::float64, bits);
}

struct JsonReader::Presence {
  static constexpr std::size_t kWords = 8;  // PoolLimits::max_fields is at most 512

  explicit Presence(std::size_t fields) noexcept {
    const std::size_t words = fields / 64 + 1;
    for (std::size_t i = 0; i < words && i < kWords; ++i)
      seen_[i] = filled_[i] = 0;
  }

  /// False when the field was there before.
  bool add(const Field& field) noexcept {
    std::uint64_t& word = seen_[field.index >> 6];
    const std::uint64_t bit = std::uint64_t{1} << (field.index & 63);
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }
  bool add_oneof(std::int16_t oneof) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << oneof;
    if ((oneofs_ & bit) != 0) return false;
    oneofs_ |= bit;
    return true;
  }
  /// The field has a value that is not empty.
  void fill(const Field& field) noexcept {
    filled_[field.index >> 6] |= std::uint64_t{1} << (field.index & 63);
  }
  [[nodiscard]] bool filled(const Field& field) const noexcept {
    return ((filled_[field.index >> 6] >> (field.index & 63)) & 1) != 0;
  }

  const std::uint32_t* custom_data = nullptr;  // souk.v1.Custom: where its `data` object begins

 private:
  std::uint64_t seen_[kWords];
  std::uint64_t filled_[kWords];
  std::uint64_t oneofs_ = 0;
};

}  // namespace souk::schema
