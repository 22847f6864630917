#include "plugins/search/model/character_fold.hpp"

#include <utf8proc.h>

#include <array>
#include <cstring>
#include <vector>

namespace souk::search {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
/// Latin, Greek, Cyrillic, Hebrew and Arabic: what shops write mostly.
constexpr std::size_t kTable = 0x600;

/// Letters that Unicode does not decompose, and what people type instead.
std::string_view spelled_out(char32_t character) {
  switch (character) {
    case U'ß':
    case U'ẞ':
      return "ss";
    case U'æ':
    case U'Æ':
      return "ae";
    case U'œ':
    case U'Œ':
      return "oe";
    case U'ø':
    case U'Ø':
      return "o";
    case U'đ':
    case U'Đ':
    case U'ð':
    case U'Ð':
      return "d";
    case U'þ':
    case U'Þ':
      return "th";
    case U'ł':
    case U'Ł':
      return "l";
    case U'ħ':
    case U'Ħ':
      return "h";
    case U'ŧ':
    case U'Ŧ':
      return "t";
    case U'ı':
      return "i";
    case U'ŋ':
    case U'Ŋ':
      return "n";
    default:
      return {};
  }
}

bool is_variation_or_joiner(char32_t character) {
  return (character >= 0xFE00 && character <= 0xFE0F) || character == 0x200C ||
         character == 0x200D || character == 0x00AD || character == 0x2060 || character == 0x0640 ||
         (character >= 0x1F3FB && character <= 0x1F3FF);  // skin tones
}

bool is_ideographic(char32_t character) {
  return (character >= 0x3040 && character <= 0x30FF) ||
         (character >= 0x3400 && character <= 0x4DBF) ||
         (character >= 0x4E00 && character <= 0x9FFF) ||
         (character >= 0xF900 && character <= 0xFAFF) ||
         (character >= 0x20000 && character <= 0x3134F);
}

/// ©, ®, ™, °, ¦ … say nothing to a search; arrows and lines neither.
bool is_pictograph(char32_t character) {
  return (character >= 0x1F000 && character <= 0x1FAFF) ||
         (character >= 0x2600 && character <= 0x27BF);
}

CharacterKind kind_of(char32_t character) {
  if (is_variation_or_joiner(character)) {
    return CharacterKind::kMark;
  }
  if (is_ideographic(character) || is_pictograph(character)) {
    return CharacterKind::kSingle;
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
      return CharacterKind::kLetter;
    case UTF8PROC_CATEGORY_ND:
      return CharacterKind::kDigit;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
      return CharacterKind::kMark;
    default:
      return CharacterKind::kSeparator;
  }
}

/// Unicode lays the ten digits of every script side by side.
char digit_of(char32_t character) {
  char32_t zero = character;
  while (zero > 0 && character - zero < 9 &&
         utf8proc_category(static_cast<utf8proc_int32_t>(zero - 1)) == UTF8PROC_CATEGORY_ND) {
    --zero;
  }
  return static_cast<char>('0' + (character - zero) % 10);
}

void append(FoldedCharacter& folded, char32_t character) {
  char bytes[4];
  const std::size_t size = encode_utf8(character, bytes);
  if (folded.size + size <= sizeof folded.text) {
    std::memcpy(folded.text + folded.size, bytes, size);
    folded.size = static_cast<std::uint8_t>(folded.size + size);
  }
}

void append_letter(FoldedCharacter& folded, char32_t character) {
  const std::string_view spelled = spelled_out(character);
  if (!spelled.empty()) {
    for (const char letter : spelled) {
      append(folded, static_cast<unsigned char>(letter));
    }
    return;
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_ND:
      append(folded, static_cast<unsigned char>(digit_of(character)));
      return;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
      return;  // accents
    default:
      append(folded, character);
  }
}

FoldedCharacter fold(char32_t character) {
  FoldedCharacter folded;
  folded.kind = kind_of(character);
  if (folded.kind == CharacterKind::kSeparator || folded.kind == CharacterKind::kMark) {
    // A vowel sign of an Indic script is part of its word's spelling.
    if (utf8proc_category(static_cast<utf8proc_int32_t>(character)) == UTF8PROC_CATEGORY_MC) {
      folded.kind = CharacterKind::kLetter;
      append(folded, character);
    }
    return folded;
  }
  if (!spelled_out(character).empty()) {
    append_letter(folded, character);
    return folded;
  }
  constexpr int kMaxParts = 20;  // the longest decomposition of Unicode has 18
  utf8proc_int32_t parts[kMaxParts];
  int boundary = 0;
  const auto count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(character), parts, kMaxParts,
      static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD),
      &boundary);
  for (int i = 0; i < count && i < kMaxParts; ++i) {
    append_letter(folded, static_cast<char32_t>(parts[i]));
  }
  if (folded.size == 0) {
    folded.kind = CharacterKind::kMark;
  }
  return folded;
}

const std::array<FoldedCharacter, kTable>& table() {
  static const std::array<FoldedCharacter, kTable> folded = [] {
    std::array<FoldedCharacter, kTable> all;
    for (std::size_t i = 0; i < kTable; ++i) {
      all[i] = fold(static_cast<char32_t>(i));
    }
    return all;
  }();
  return folded;
}

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

}  // namespace

char32_t decode_utf8(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  const std::size_t start = at++;
  if (first < 0x80) {
    return first;
  }
  const unsigned size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (size == 0 || first > 0xF4) {
    return kReplacement;
  }
  char32_t character = first & (0xFFU >> (size + 1));
  for (unsigned i = 1; i < size; ++i) {
    if (!continues(text, start + i)) {
      return kReplacement;
    }
    character = character << 6U | (byte(start + i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (character < kSmallest[size] || character > 0x10FFFF ||
      (character >= 0xD800 && character <= 0xDFFF)) {
    return kReplacement;
  }
  at = start + size;
  return character;
}

std::size_t encode_utf8(char32_t character, char* out) {
  const auto put = [&](std::size_t i, char32_t bits) { out[i] = static_cast<char>(bits); };
  if (character < 0x80) {
    put(0, character);
    return 1;
  }
  if (character < 0x800) {
    put(0, 0xC0U | character >> 6U);
    put(1, 0x80U | (character & 0x3FU));
    return 2;
  }
  if (character < 0x10000) {
    put(0, 0xE0U | character >> 12U);
    put(1, 0x80U | (character >> 6U & 0x3FU));
    put(2, 0x80U | (character & 0x3FU));
    return 3;
  }
  put(0, 0xF0U | character >> 18U);
  put(1, 0x80U | (character >> 12U & 0x3FU));
  put(2, 0x80U | (character >> 6U & 0x3FU));
  put(3, 0x80U | (character & 0x3FU));
  return 4;
}

const FoldedCharacter& fold_character(char32_t character, FoldedCharacter& scratch) {
  if (character < kTable) {
    return table()[character];
  }
  scratch = fold(character);
  return scratch;
}

}  // namespace souk::search
