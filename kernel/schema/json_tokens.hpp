// The positions of everything structural in a JSON text, found by simdjson's first stage, and a
// cursor over them. Used inside this room only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace souk::schema {

/// UTF-8 throughout? Vectorised for long texts.
[[nodiscard]] bool valid_utf8_long(std::string_view text) noexcept;

/// The same, quick for the short ASCII strings that most fields hold.
[[nodiscard]] inline bool valid_utf8(std::string_view text) noexcept {
  const char* at = text.data();
  std::size_t left = text.size();
  if (left > 128) return valid_utf8_long(text);
  std::uint64_t high = 0;
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    __builtin_memcpy(&word, at, 8);
    high |= word;
  }
  for (; left > 0; ++at, --left)
    high |= static_cast<std::uint64_t>(static_cast<unsigned char>(*at)) << 56;
  if ((high & 0x8080808080808080u) == 0) return true;
  return valid_utf8_long(text);
}

/// A text and the offsets of its braces, brackets, colons, commas, and of the first byte of each
/// string, number and literal. All of the text is UTF-8 and every string in it ends.
struct JsonTokens {
  const char* text = nullptr;
  std::size_t size = 0;
  const std::uint32_t* begin = nullptr;
  const std::uint32_t* end = nullptr;  // *end may be read, and is `size`
};

/// Finds tokens, keeping its memory from text to text. Not thread-safe.
class JsonIndexer {
 public:
  JsonIndexer();
  ~JsonIndexer();
  JsonIndexer(const JsonIndexer&) = delete;
  JsonIndexer& operator=(const JsonIndexer&) = delete;

  /// Fills `tokens`, which stay valid until the next call. The text needs no padding, must be below
  /// 4 GiB and outlive the tokens. On failure returns a sentence, otherwise nullptr.
  const char* index(std::string_view text, JsonTokens& tokens);
  /// Gives memory of texts above `bytes` back.
  void shrink(std::size_t bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace souk::schema
