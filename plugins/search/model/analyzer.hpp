// From text to words. The same for products and questions, and for every language: what depends on
// the language (stems, stop words, compounds) happens later, on words.
//
//   "Sony WH-1000XM4, 1,5 l"  →  sony | wh 1000xm4 (joined: wh1000xm4) | 1,5 l (quantity: #1500ml)
//
// Words are runs of letters and digits after folding (character_fold.hpp); an apostrophe inside
// joins (levi's → levis), and so does "." or "," between digits. Ideographs, kana and emoji are
// words of one character. A word longer than kMaxWordBytes is cut there and its rest dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace souk::search {

inline constexpr std::size_t kMaxWordBytes = 64;

enum class TokenKind : std::uint8_t {
  kWord,      ///< letters only
  kNumber,    ///< digits, with "." and "," inside: "15.6", without separators of thousands
  kCode,      ///< letters and digits: "1000xm4", "2tb"
  kSingle,    ///< one ideograph, kana or emoji
  kJoined,    ///< the parts of a hyphenated word in one: "t-shirt" → "tshirt"; lies over them
  kQuantity,  ///< number and unit in canonical form: "#1000ml"; lies over what it was made of
};

struct Token {
  std::uint32_t begin = 0;  ///< bytes of the source, [begin, end)
  std::uint32_t end = 0;
  std::uint32_t text = 0;  ///< offset in TokenStream::text
  std::uint16_t size = 0;  ///< bytes of folded text
  std::uint16_t place =
      0;  ///< which word of the text, from 0; of one that lies over others, the first
  std::uint8_t span = 1;  ///< how many words it covers
  TokenKind kind = TokenKind::kWord;
  bool joined_before = false;  ///< no space stands between it and the word before ("-", "/", …)
};

/// What tokenize() found. Kept and refilled: no allocation after warm-up.
struct TokenStream {
  std::string text;           ///< the folded words, one after another
  std::vector<Token> tokens;  ///< in order of `place`; what lies over words comes after its first
  std::uint16_t places = 0;   ///< words, those that lie over others left out
  bool cut = false;           ///< the source had more than `max_words` words

  std::vector<Token> overlays;  ///< tokenize()'s own: what it has yet to put in its place

  [[nodiscard]] std::string_view of(const Token& token) const {
    return std::string_view(text).substr(token.text, token.size);
  }
};

/// Replaces what `out` holds. Any bytes are text; at most `max_words` (≤ 65,535) words are read.
/// Any thread.
void tokenize(std::string_view source, TokenStream& out, std::size_t max_words = 4096);

/// The folded words with one space between them: two texts with the same are the same question.
std::string normalized(std::string_view source);

}  // namespace souk::search
