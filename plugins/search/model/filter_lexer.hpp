// Splits the text of a filter. What a word is depends on where it stands: a value may hold a colon,
// a name may not; so the parser says which it wants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace souk::search {

struct FilterToken {
  enum class Kind : std::uint8_t { end, word, text, symbol, fault };
  Kind kind = Kind::end;
  std::string value;         ///< without quotes and escapes; of a fault, what is wrong
  std::string_view found;    ///< as it stands
  std::uint32_t column = 1;  ///< in characters, from 1
};

class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}

  /// A name, a word of the grammar or a symbol.
  FilterToken next() { return read(":!"); }
  /// A value, or a symbol when there is none.
  FilterToken next_value() { return read(""); }

 private:
  FilterToken read(std::string_view also_ends);
  void word(FilterToken& token, std::string_view also_ends);
  void quoted(FilterToken& token);
  void symbol(FilterToken& token);
  void step();

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t column_ = 1;
};

}  // namespace souk::search
