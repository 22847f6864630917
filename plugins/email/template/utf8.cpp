#include "plugins/email/template/utf8.hpp"

#include <algorithm>

namespace souk::email::liquid {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Upper and lower letters take turns in these blocks.
bool in_alternating_block(std::uint32_t code) noexcept {
  return (code >= 0x100 && code <= 0x137) || (code >= 0x14A && code <= 0x177) ||
         (code >= 0x1E00 && code <= 0x1E95) || (code >= 0x1EA0 && code <= 0x1EFF) ||
         (code >= 0x460 && code <= 0x481) || (code >= 0x48A && code <= 0x4BF) ||
         (code >= 0x4D0 && code <= 0x52F);
}

/// Here the upper letter is the odd one.
bool in_odd_block(std::uint32_t code) noexcept {
  return (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E);
}

}  // namespace

void append_utf8(std::uint32_t code, std::string& out) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = kReplacement;
  const auto tail = [&out, code](int shift) {
    out += static_cast<char>(0x80 | ((code >> shift) & 0x3F));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t letter_bytes(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = lead < 0xC2   ? 1
                            : lead < 0xE0 ? 2
                            : lead < 0xF0 ? 3
                            : lead < 0xF5 ? 4
                                          : 1;
  if (bytes > text.size()) return 1;
  for (std::size_t i = 1; i < bytes; ++i)
    if (!is_continuation(text[i])) return 1;
  return bytes;
}

std::uint32_t letter_code(std::string_view text) noexcept {
  const std::size_t bytes = letter_bytes(text);
  if (bytes == 0) return kReplacement;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (bytes == 1) return lead < 0x80 ? lead : kReplacement;
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i)
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return code;
}

std::size_t count_letters(std::string_view text) noexcept {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(letter_bytes(text));
    ++count;
  }
  return count;
}

std::string_view first_letters(std::string_view text, std::size_t letters) noexcept {
  std::size_t at = 0;
  while (letters > 0 && at < text.size()) {
    at += letter_bytes(text.substr(at));
    --letters;
  }
  return text.substr(0, at);
}

std::uint32_t upper_code(std::uint32_t code) noexcept {
  if (code < 0x80) return code >= 'a' && code <= 'z' ? code - 32 : code;
  if (code >= 0xE0 && code <= 0xFE && code != 0xF7) return code - 32;
  if (code == 0xFF) return 0x178;
  if (in_alternating_block(code) && code != 0x131) return code & ~1U;
  if (in_odd_block(code)) return code % 2 == 0 ? code - 1 : code;
  if (code >= 0x3B1 && code <= 0x3C9 && code != 0x3C2) return code - 32;
  if (code >= 0x430 && code <= 0x44F) return code - 32;
  if (code >= 0x450 && code <= 0x45F) return code - 80;
  return code;
}

std::uint32_t lower_code(std::uint32_t code) noexcept {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
  if (code >= 0xC0 && code <= 0xDE && code != 0xD7) return code + 32;
  if (code == 0x178) return 0xFF;
  if (in_alternating_block(code) && code != 0x130) return code | 1U;
  if (in_odd_block(code)) return code % 2 == 1 ? code + 1 : code;
  if (code >= 0x391 && code <= 0x3A9 && code != 0x3A2) return code + 32;
  if (code >= 0x410 && code <= 0x42F) return code + 32;
  if (code >= 0x400 && code <= 0x40F) return code + 80;
  return code;
}

}  // namespace souk::email::liquid
