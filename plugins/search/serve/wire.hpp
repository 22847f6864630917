// Protobuf's wire format, as far as answers are put together from bytes that are there already: a
// product is copied as it is kept, not read and written again.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace souk::search::wire {

inline void append_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

/// Texts, bytes and messages. Empty texts are written too.
inline void append_bytes(std::uint32_t field, std::string_view bytes, std::string& out) {
  append_varint(std::uint64_t{field} << 3 | 2, out);
  append_varint(bytes.size(), out);
  out.append(bytes);
}
/// The same, left out where it is empty, as proto3 does.
inline void append_text(std::uint32_t field, std::string_view text, std::string& out) {
  if (!text.empty()) append_bytes(field, text, out);
}
inline void append_number(std::uint32_t field, std::uint64_t value, std::string& out) {
  if (value == 0) return;
  append_varint(std::uint64_t{field} << 3, out);
  append_varint(value, out);
}
inline void append_double(std::uint32_t field, double value, std::string& out) {
  append_varint(std::uint64_t{field} << 3 | 1, out);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int byte = 0; byte < 8; ++byte)
    out.push_back(static_cast<char>(bits >> (8 * byte)));
}

/// Walks through the fields of a message.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  /// False at the end, and at bytes that are no message: then ok() is false.
  bool next() {
    whole_ = rest_;
    std::uint64_t key = 0;
    if (rest_.empty() || !varint(key)) return false;
    field_ = static_cast<std::uint32_t>(key >> 3);
    std::uint64_t size = 0;
    text_ = {};
    switch (key & 7) {
      case 0:
        if (!varint(size)) return false;
        size = 0;
        break;
      case 1:
        size = 8;
        break;
      case 2:
        if (!varint(size)) return false;
        break;
      case 5:
        size = 4;
        break;
      default:
        ok_ = false;
        return false;
    }
    if (size > rest_.size()) {
      ok_ = false;
      return false;
    }
    text_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    whole_ = whole_.substr(0, whole_.size() - rest_.size());
    return true;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::uint32_t field() const { return field_; }
  /// What it holds; nothing of a varint.
  [[nodiscard]] std::string_view text() const { return text_; }
  /// The field with its key.
  [[nodiscard]] std::string_view whole() const { return whole_; }

 private:
  bool varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return true;
    }
    ok_ = false;
    return false;
  }

  std::string_view rest_, whole_, text_;
  std::uint32_t field_ = 0;
  bool ok_ = true;
};

}  // namespace souk::search::wire
