#include "kernel/schema/json_text.hpp"

#include <cstdint>
#include <cstring>

#include "kernel/schema/json_schema.hpp"
#include "kernel/schema/json_tokens.hpp"

namespace souk::schema {

namespace {

void append_escape(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  const char text[6] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
  out.append(text, 6);
}

bool needs_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// The first byte from `at` on that needs an escape, or the size. Eight at a time ("Bit Twiddling
/// Hacks", determine if a word has a byte less than n, or equal to n).
std::size_t find_escape(std::string_view text, std::size_t at) noexcept {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHighs = 0x8080'8080'8080'8080;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t controls = (word - kOnes * 0x20) & ~word & kHighs;
    if ((controls | has_zero(word ^ kOnes * '"') | has_zero(word ^ kOnes * '\\')) != 0) break;
  }
  while (at < text.size() && !needs_escape(text[at]))
    ++at;
  return at;
}

/// Bytes of the UTF-8 character at `at`, or 0 when there is none.
std::size_t character_size(std::string_view text, std::size_t at) noexcept {
  for (std::size_t size = 1; size <= 4 && at + size <= text.size(); ++size) {
    if (valid_utf8(text.substr(at, size))) return size;
  }
  return 0;
}

}  // namespace

void append_valid_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t plain = 0;;) {
    const std::size_t special = find_escape(text, plain);
    out.append(text, plain, special - plain);
    if (special == text.size()) break;
    append_escape(out, text[special]);
    plain = special + 1;
  }
  out += '"';
}

void append_json_string(std::string& out, std::string_view text) {
  if (valid_utf8(text)) return append_valid_json_string(out, text);
  std::string repaired;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = character_size(text, i);
    repaired += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(i, size);
    i += size == 0 ? 1 : size;
  }
  append_valid_json_string(out, repaired);
}

}  // namespace souk::schema
