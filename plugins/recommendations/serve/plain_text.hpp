// Texts of others inside our sentences.
#pragma once

#include <string>
#include <string_view>

namespace souk::recommendations {

/// The beginning of `text`, at most `bytes`, cut between characters of UTF-8.
[[nodiscard]] inline std::string_view beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80)
    --bytes;
  return text.substr(0, bytes);
}

/// The text in quotes, not longer than a name should be.
[[nodiscard]] inline std::string in_quotes(std::string_view text) {
  return "\"" + std::string(beginning(text, 64)) + "\"";
}

}  // namespace souk::recommendations
