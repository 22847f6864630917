// The words of a filter or boost, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace souk::recommendations {

struct Token {
  enum class Kind : std::uint8_t {
    end,
    word,
    text,  ///< in quotes
    number,
    symbol,  ///< one of = != < <= > >= : ( ) , ; . =>
    fault,   ///< `value` says what is wrong
  };
  Kind kind = Kind::end;
  std::string value;       ///< a word or text without quotes, a symbol, or the fault
  std::string_view found;  ///< as it stands in the text
  double number = 0;
  std::size_t column = 1;  ///< in characters, from 1
};

/// Splits a text that must outlive it. Never fails: what is no token is a `fault`.
class ExpressionLexer {
 public:
  explicit ExpressionLexer(std::string_view text) : text_(text) {}
  Token next();

 private:
  void skip_spaces();
  void step();
  Token word(Token token);
  Token quoted(Token token);
  Token number(Token token);
  Token symbol(Token token);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t column_ = 1;
};

}  // namespace souk::recommendations
