// A template's source cut into text, outputs and tags; and what stands within those into words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace souk::email::liquid {

/// A file being compiled. Offsets are of its text.
struct TemplateSource {
  std::string name;
  std::string text;
};

/// "name:line:column", both from 1; columns count bytes.
[[nodiscard]] std::string place_of(const TemplateSource& source, std::size_t offset);
[[nodiscard]] std::uint32_t line_of(std::string_view text, std::size_t offset) noexcept;

struct Piece {
  enum class Kind : std::uint8_t { text, output, tag };
  Kind kind = Kind::text;
  std::size_t begin = 0;  // the text itself; of outputs and tags what stands between the braces
  std::size_t end = 0;
  std::size_t start = 0;      // where it begins in the source, braces included
  std::string_view tag_name;  // view of the source
};

struct LexFault {
  std::size_t offset = 0;
  std::string sentence;  // empty: no fault
};

/// Comments are gone, raw blocks are text, and the whitespace that `-` takes away is taken away.
[[nodiscard]] std::vector<Piece> cut_template(std::string_view text, LexFault& fault);

struct Word {
  enum class Kind : std::uint8_t { name, text, integer, number, sign, end };
  Kind kind = Kind::end;
  std::string_view text;  // a text without its quotes; a sign: . .. | : , [ ] ( ) = == != < > <= >=
  std::size_t offset = 0;
};

/// Ends with a word of kind `end`.
[[nodiscard]] std::vector<Word> cut_words(std::string_view text, std::size_t begin, std::size_t end,
                                          LexFault& fault);

}  // namespace souk::email::liquid
