// Folding of Unicode: what shoppers do not mean when they type it differently. Case and accents go
// ("Ä" → "a"), ligatures and special letters are spelled out ("ß" → "ss", "æ" → "ae", "œ" → "oe",
// "ø" → "o", "ł" → "l", "ı" → "i"), full-width and other compatibility forms become plain, Arabic
// vowel marks, Hebrew points, joiners and variation selectors go. Unicode 14 by utf8proc (NFKD,
// then case folding, then marks removed), before that the letters that have no decomposition.
#pragma once

#include <cstdint>
#include <string_view>

namespace souk::search {

/// What a character is to the analyzer.
enum class CharacterKind : std::uint8_t {
  kSeparator,  ///< punctuation, spaces, controls
  kLetter,
  kDigit,   ///< of any script; folded to 0 … 9
  kSingle,  ///< CJK ideograph, kana, emoji and other symbols with a meaning: a word of its own
  kMark,    ///< joins what is around it and is dropped: accents, zero-width joiners
};

/// Decodes the character at `text[at]`, which must exist, and moves `at` behind it. Bytes that are
/// not UTF-8 are U+FFFD, one each.
char32_t decode_utf8(std::string_view text, std::size_t& at);

/// Writes `character` at `out`, which has room for four bytes; returns how many it took.
std::size_t encode_utf8(char32_t character, char* out);

struct FoldedCharacter {
  CharacterKind kind = CharacterKind::kSeparator;
  std::uint8_t size = 0;  ///< bytes of UTF-8 in `text`
  char text[10] = {};     ///< at most; longer expansions are cut between characters
};

/// Any thread; the first 1,536 characters are a table lookup.
const FoldedCharacter& fold_character(char32_t character, FoldedCharacter& scratch);

}  // namespace souk::search
