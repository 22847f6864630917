// Protobuf wire bytes, read and written field by field, for the few places that need neither a
// table nor a message object.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace souk::gateway {

/// Walks the fields of a message. Not thread-safe; borrows the bytes.
class WireFields {
 public:
  explicit WireFields(std::string_view wire) noexcept : rest_(wire) {}

  /// False at the end and at malformed bytes; malformed() tells which.
  bool next() noexcept {
    if (rest_.empty() || malformed_) return false;
    std::uint64_t tag = 0;
    if (!varint(tag) || (tag >> 3U) == 0 || (tag >> 3U) > 0x1FFFFFFFU) return fail();
    number_ = static_cast<std::uint32_t>(tag >> 3U);
    type_ = static_cast<unsigned>(tag & 7U);
    switch (type_) {
      case 0:
        return varint(value_) || fail();
      case 1:
        return take(8) || fail();
      case 5:
        return take(4) || fail();
      case 2: {
        std::uint64_t size = 0;
        return (varint(size) && size <= rest_.size() && take(static_cast<std::size_t>(size))) ||
               fail();
      }
      default:
        return fail();
    }
  }

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] bool is_bytes() const noexcept { return type_ == 2; }
  [[nodiscard]] bool is_varint() const noexcept { return type_ == 0; }
  /// The content of a string, bytes or message field.
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
  [[nodiscard]] bool malformed() const noexcept { return malformed_; }

 private:
  bool fail() noexcept {
    malformed_ = true;
    return false;
  }
  bool take(std::size_t size) noexcept {
    if (size > rest_.size()) return false;
    bytes_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  bool varint(std::uint64_t& value) noexcept {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  std::string_view rest_;
  std::string_view bytes_;
  std::uint64_t value_ = 0;
  std::uint32_t number_ = 0;
  unsigned type_ = 0;
  bool malformed_ = false;
};

inline void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

inline void append_varint_field(std::string& out, std::uint32_t number, std::uint64_t value) {
  append_varint(out, static_cast<std::uint64_t>(number) << 3U);
  append_varint(out, value);
}

inline void append_bytes_field(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_varint(out, (static_cast<std::uint64_t>(number) << 3U) | 2U);
  append_varint(out, bytes.size());
  out += bytes;
}

inline void append_double_field(std::string& out, std::uint32_t number, double value) {
  append_varint(out, (static_cast<std::uint64_t>(number) << 3U) | 1U);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

/// google.protobuf.Timestamp of microseconds since 1970.
inline void append_timestamp_field(std::string& out, std::uint32_t number, std::int64_t time_us) {
  std::int64_t seconds = time_us / 1'000'000;
  std::int64_t rest_us = time_us % 1'000'000;
  if (rest_us < 0) {
    rest_us += 1'000'000;
    --seconds;
  }
  std::string timestamp;
  if (seconds != 0) append_varint_field(timestamp, 1, static_cast<std::uint64_t>(seconds));
  if (rest_us != 0) append_varint_field(timestamp, 2, static_cast<std::uint64_t>(rest_us * 1'000));
  append_bytes_field(out, number, timestamp);
}

}  // namespace souk::gateway
