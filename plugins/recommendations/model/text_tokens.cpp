#include "plugins/recommendations/model/text_tokens.hpp"

namespace souk::recommendations {
namespace {

// Base letters of U+00C0 … U+00FF; a space separates words, '*' has an expansion of its own.
constexpr std::string_view kLatin1 =
    "aaaaaa*ceeeeiiiidnooooo ouuuuy**"
    "aaaaaa*ceeeeiiiidnooooo ouuuuy*y";
static_assert(kLatin1.size() == 64);
// Base letters of U+0100 … U+017F.
constexpr std::string_view kLatinExtendedA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll"
    "nnnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kLatinExtendedA.size() == 128);

std::string_view expansion(char32_t c) {
  switch (c) {
    case 0xc6:
    case 0xe6:
      return "ae";
    case 0xde:
    case 0xfe:
      return "th";
    case 0xdf:
      return "ss";
    default:
      return "oe";  // U+0152, U+0153
  }
}

constexpr bool in(char32_t c, char32_t low, char32_t high) { return c >= low && c <= high; }

bool stands_alone(char32_t c) {
  return in(c, 0x3040, 0x30ff) || in(c, 0x3400, 0x9fff) || in(c, 0xf900, 0xfaff) ||
         in(c, 0x20000, 0x3ffff);
}

// What separates words, above the Latin letters: punctuation, symbols, private use.
bool separates(char32_t c) {
  return in(c, 0x2000, 0x2bff) || in(c, 0x2e00, 0x2e7f) || in(c, 0x3000, 0x303f) ||
         in(c, 0xe000, 0xf8ff) || in(c, 0xfe00, 0xfe0f) || in(c, 0xff00, 0xff0f) ||
         in(c, 0xff1a, 0xff20) || in(c, 0x1f000, 0x1faff) || c == 0xfeff || c == 0xfffd;
}

// Greek and Cyrillic capitals stand at a fixed distance from their small letters.
char32_t lower(char32_t c) {
  if (in(c, 0x391, 0x3a9) || in(c, 0x410, 0x42f)) return c + 0x20;
  if (in(c, 0x400, 0x40f)) return c + 0x50;
  return c;
}

void append_utf8(char32_t c, std::string& out) {
  const auto byte = [&](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
  } else {
    byte(0xf0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3f));
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

enum class Met { part, nothing, separator };

// Appends what the character gives to a word.
Met append_folded(char32_t c, std::string& out) {
  if (c < 0x80) {
    const bool upper = in(c, 'A', 'Z');
    if (!upper && !in(c, 'a', 'z') && !in(c, '0', '9')) return Met::separator;
    out.push_back(static_cast<char>(upper ? c + 0x20 : c));
    return Met::part;
  }
  if (c < 0xc0) return c == 0xad ? Met::nothing : Met::separator;  // a soft hyphen joins
  if (c < 0x180) {
    const char base = c < 0x100 ? kLatin1[c - 0xc0] : kLatinExtendedA[c - 0x100];
    if (base == ' ') return Met::separator;
    if (base == '*') {
      out.append(expansion(c));
    } else {
      out.push_back(base);
    }
    return Met::part;
  }
  if (in(c, 0x300, 0x36f)) return Met::nothing;  // an accent that stands by itself
  if (separates(c)) return Met::separator;
  append_utf8(lower(c), out);
  return Met::part;
}

}  // namespace

char32_t TokenReader::take() {
  const auto first = static_cast<unsigned char>(rest_.front());
  const std::size_t length = first < 0x80    ? 1
                             : first >= 0xf0 ? 4
                             : first >= 0xe0 ? 3
                             : first >= 0xc2 ? 2
                                             : 0;
  if (length == 0 || length > rest_.size() || first > 0xf4) {
    rest_.remove_prefix(1);
    return 0;
  }
  char32_t c = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    if ((byte & 0xc0) != 0x80) {
      rest_.remove_prefix(1);
      return 0;
    }
    c = c << 6 | (byte & 0x3f);
  }
  rest_.remove_prefix(length);
  return c;
}

bool TokenReader::next(std::string& token) {
  token.clear();
  bool whole = true;  // so far nothing of the word was left out
  while (held_ != 0 || !rest_.empty()) {
    const char32_t c = held_ != 0 ? held_ : take();
    held_ = 0;
    if (stands_alone(c)) {
      if (!token.empty()) {
        held_ = c;
        return true;
      }
      append_utf8(c, token);
      return true;
    }
    const std::size_t before = token.size();
    if (append_folded(c, token) == Met::separator) {
      if (!token.empty()) return true;
    } else if (!whole || token.size() > kLongestToken) {
      token.resize(before);
      whole = false;
    }
  }
  return !token.empty();
}

void fold_text(std::string_view text, std::size_t most, std::string& out) {
  TokenReader reader(text);
  std::string word;
  out.clear();
  while (reader.next(word) && out.size() + word.size() + 1 <= most) {
    if (!out.empty()) out.push_back('-');
    out.append(word);
  }
}

}  // namespace souk::recommendations
