// The Protobuf wire format: varints, tags, and a growing buffer whose lengths are patched
// afterwards. Used inside this room only.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "kernel/schema/message_table.hpp"

namespace souk::schema {

inline std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

inline char* put_varint(char* at, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}

inline std::size_t varint_size(std::uint64_t value) noexcept {
  return static_cast<std::size_t>((std::bit_width(value | 1) + 6) / 7);
}

inline std::uint32_t tag_of(std::uint32_t number, WireType type) noexcept {
  return (number << 3) | static_cast<std::uint32_t>(type);
}

template <class T>
T load_little(const char* at) noexcept {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Reads wire bytes. Every function returns false at malformed input and never reads past the end.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool done() const noexcept { return at_ == end_; }
  [[nodiscard]] const char* position() const noexcept { return at_; }

  bool varint(std::uint64_t& value) noexcept {
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return long_varint(value);
  }

  /// A field's number and wire type. Groups, number 0 and unknown wire types are malformed.
  bool tag(std::uint32_t& number, WireType& type) noexcept {
    std::uint64_t value = 0;
    if (!varint(value) || value > UINT32_MAX) return false;
    number = static_cast<std::uint32_t>(value) >> 3;
    const auto wire = static_cast<std::uint32_t>(value) & 7;
    type = static_cast<WireType>(wire);
    return number != 0 && (wire <= 2 || wire == 5);
  }

  bool bytes(std::string_view& value) noexcept {
    std::uint64_t size = 0;
    if (!varint(size) || size > static_cast<std::uint64_t>(end_ - at_)) return false;
    value = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }

  bool fixed32(std::uint64_t& value) noexcept {
    if (end_ - at_ < 4) return false;
    value = load_little<std::uint32_t>(at_);
    at_ += 4;
    return true;
  }

  bool fixed64(std::uint64_t& value) noexcept {
    if (end_ - at_ < 8) return false;
    value = load_little<std::uint64_t>(at_);
    at_ += 8;
    return true;
  }

  /// The bits of a number of this wire type (not `length`).
  bool number(WireType type, std::uint64_t& bits) noexcept {
    switch (type) {
      case WireType::varint:
        return varint(bits);
      case WireType::fixed64:
        return fixed64(bits);
      case WireType::fixed32:
        return fixed32(bits);
      case WireType::length:
        break;
    }
    return false;
  }

  bool skip(WireType type) noexcept {
    std::uint64_t bits = 0;
    std::string_view view;
    return type == WireType::length ? bytes(view) : number(type, bits);
  }

 private:
  bool long_varint(std::uint64_t& value) noexcept {
    std::uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return false;
      const auto byte = static_cast<unsigned char>(*at_++);
      if (shift == 63 && byte > 1) return false;
      result |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        value = result;
        return true;
      }
    }
    return false;
  }

  const char* at_;
  const char* end_;
};

/// A byte buffer that is written at its end. Keeps its memory when cleared. Not thread-safe.
class WireBuffer {
 public:
  /// Room that every write may use without asking: a tag, a varint or fixed number, a length.
  static constexpr std::size_t kSlack = 32;

  WireBuffer() { grow(4096); }
  ~WireBuffer() { std::free(begin_); }
  WireBuffer(const WireBuffer&) = delete;
  WireBuffer& operator=(const WireBuffer&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] std::string_view view() const noexcept { return {begin_, size()}; }
  [[nodiscard]] std::string_view from(std::size_t offset) const noexcept {
    return {begin_ + offset, size() - offset};
  }
  [[nodiscard]] char* data() noexcept { return begin_; }
  void clear() noexcept { at_ = begin_; }
  void truncate(std::size_t size) noexcept { at_ = begin_ + size; }
  /// Gives memory beyond `bytes` back. The content is lost.
  void shrink(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - begin_) <= bytes) return;
    std::free(begin_);
    begin_ = at_ = end_ = nullptr;
    grow(4096);
  }

  /// The write position, with room for `count` bytes and the slack.
  char* reserve(std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count + kSlack) grow(count);
    return at_;
  }
  void set_end(char* at) noexcept { at_ = at; }

  void append(std::string_view bytes) {
    char* at = reserve(bytes.size());
    std::memcpy(at, bytes.data(), bytes.size());
    at_ = at + bytes.size();
  }
  void tag(const Field& field) {
    char* at = reserve(0);
    std::memcpy(at, field.tag, sizeof field.tag);
    at_ = at + field.tag_size;
  }
  void tag(std::uint32_t number, WireType type) {
    at_ = put_varint(reserve(0), tag_of(number, type));
  }
  void varint(std::uint64_t value) { at_ = put_varint(reserve(0), value); }
  void number(WireType type, std::uint64_t bits) {
    char* at = reserve(0);
    if (type == WireType::varint) {
      at_ = put_varint(at, bits);
    } else {
      const std::size_t size = type == WireType::fixed64 ? 8 : 4;
      std::memcpy(at, &bits, size);
      at_ = at + size;
    }
  }

  /// Begins something whose length is not known yet; returns what end_length() needs.
  std::size_t begin_length() {
    *reserve(1) = 0;
    ++at_;
    return size();
  }
  /// Writes the length of what was appended since; moves it when the length needs more than a byte.
  void end_length(std::size_t start) {
    const std::size_t length = size() - start;
    if (length < 0x80) {
      begin_[start - 1] = static_cast<char>(length);
      return;
    }
    const std::size_t extra = varint_size(length) - 1;
    reserve(extra);
    std::memmove(begin_ + start + extra, begin_ + start, length);
    put_varint(begin_ + start - 1, length);
    at_ += extra;
  }

 private:
  void grow(std::size_t count) {
    const std::size_t used = size();
    std::size_t capacity = static_cast<std::size_t>(end_ - begin_) * 2;
    if (capacity < used + count + kSlack) capacity = used + count + kSlack;
    auto* moved = static_cast<char*>(std::realloc(begin_, capacity));
    if (moved == nullptr) throw std::bad_alloc();
    begin_ = moved;
    at_ = begin_ + used;
    end_ = begin_ + capacity;
  }

  char* begin_ = nullptr;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

/// What an int64 means on the wire for a number kind: double values of bits, for checks of rules.
[[nodiscard]] inline double number_value(Kind kind, std::uint64_t bits) noexcept {
  switch (kind) {
    case Kind::float64:
      return std::bit_cast<double>(bits);
    case Kind::float32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case Kind::uint64:
    case Kind::fixed64:
      return static_cast<double>(bits);
    case Kind::uint32:
    case Kind::fixed32:
      return static_cast<double>(static_cast<std::uint32_t>(bits));
    case Kind::sint32:
    case Kind::sint64:
      return static_cast<double>(unzigzag(bits));
    case Kind::int32:
    case Kind::sfixed32:
    case Kind::enumeration:
      return static_cast<double>(static_cast<std::int32_t>(bits));
    default:
      return static_cast<double>(static_cast<std::int64_t>(bits));
  }
}

}  // namespace souk::schema
