#include "kernel/schema/base64.hpp"

#include <array>
#include <cstdint>

namespace souk::schema {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values)
    value = -1;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  return values;
}
constexpr std::array<std::int8_t, 256> kValues = make_values();

}  // namespace

char* decode_base64(std::string_view text, char* out) noexcept {
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1 || (padding > 0 && (text.size() + padding) % 4 != 0)) return nullptr;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::int8_t value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return nullptr;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      *out++ = static_cast<char>(bits >> count);
    }
  }
  return out;
}

void append_base64(std::string& out, std::string_view bytes) {
  std::size_t i = 0;
  const auto byte = [&](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at]));
  };
  const auto letter = [](std::uint32_t bits) { return kAlphabet[bits & 63]; };
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const char text[4] = {letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)};
    out.append(text, 4);
  }
  if (bytes.size() - i == 1) {
    const std::uint32_t bits = byte(i) << 16;
    const char text[4] = {letter(bits >> 18), letter(bits >> 12), '=', '='};
    out.append(text, 4);
  } else if (bytes.size() - i == 2) {
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8;
    const char text[4] = {letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), '='};
    out.append(text, 4);
  }
}

}  // namespace souk::schema
