// Words of a text in one spelling, so that "Café", "CAFÉ" and "cafe" are the same feature.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace souk::recommendations {

/// Reads words from UTF-8: letters and digits between everything else, in lower case, Latin letters
/// without accents (ß is "ss", æ "ae"), Greek and Cyrillic in lower case. Chinese and Japanese,
/// which have no spaces, give one word a character. Bytes that are not UTF-8 separate words.
///
/// Views the text, which must outlive it. Not thread-safe; constant memory.
class TokenReader {
 public:
  static constexpr std::size_t kLongestToken =
      40;  ///< bytes; the rest of a longer word is left out

  explicit TokenReader(std::string_view text) : rest_(text) {}

  /// The next word into `token`; false, and an empty token, at the end.
  bool next(std::string& token);

 private:
  /// The next code point, or 0 for a byte that is none; requires that something is left.
  char32_t take();

  std::string_view rest_;
  char32_t held_ = 0;  ///< read and belongs to the next word
};

/// The whole text as one word: its words joined with '-'. For names and values of attributes,
/// brands and tags. At most `most` bytes.
void fold_text(std::string_view text, std::size_t most, std::string& out);

}  // namespace souk::recommendations
