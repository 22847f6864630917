#include "plugins/recommendations/serve/expression_lexer.hpp"

#include <charconv>
#include <cmath>

namespace souk::recommendations {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Letters of any script: whatever is not ASCII is taken for one.
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) { return begins_word(c) || is_digit(c) || c == '-'; }
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

void ExpressionLexer::step() {
  ++at_;
  if (at_ >= text_.size() || begins_character(text_[at_])) ++column_;
}

void ExpressionLexer::skip_spaces() {
  while (at_ < text_.size() && is_space(text_[at_]))
    step();
}

Token ExpressionLexer::next() {
  skip_spaces();
  Token token;
  token.column = column_;
  if (at_ >= text_.size()) return token;
  const char c = text_[at_];
  if (c == '"' || c == '\'') return quoted(std::move(token));
  const bool negative = c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
  if (is_digit(c) || negative) return number(std::move(token));
  if (begins_word(c)) return word(std::move(token));
  return symbol(std::move(token));
}

Token ExpressionLexer::word(Token token) {
  const std::size_t begin = at_;
  while (at_ < text_.size() && continues_word(text_[at_]))
    step();
  token.kind = Token::Kind::word;
  token.found = text_.substr(begin, at_ - begin);
  token.value = token.found;
  return token;
}

Token ExpressionLexer::quoted(Token token) {
  const std::size_t begin = at_;
  const char quote = text_[at_];
  for (step(); at_ < text_.size() && text_[at_] != quote; step()) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) step();
    token.value.push_back(text_[at_]);
  }
  if (at_ >= text_.size()) {
    token.kind = Token::Kind::fault;
    token.value = std::string("text begins with ") + quote + " and does not end with it";
    return token;
  }
  step();
  token.kind = Token::Kind::text;
  token.found = text_.substr(begin, at_ - begin);
  return token;
}

Token ExpressionLexer::number(Token token) {
  const std::size_t begin = at_;
  const char* const first = text_.data() + at_;
  const char* const last = text_.data() + text_.size();
  const auto read = std::from_chars(first, last, token.number, std::chars_format::fixed);
  const auto used = static_cast<std::size_t>(read.ptr - first);
  for (std::size_t i = 0; i < used; ++i)
    step();
  // "42mm" is a word that begins with digits, such as a size.
  bool only_digits = true;
  while (at_ < text_.size() && (continues_word(text_[at_]))) {
    only_digits = false;
    step();
  }
  token.found = text_.substr(begin, at_ - begin);
  token.value = token.found;
  token.kind = only_digits ? Token::Kind::number : Token::Kind::word;
  if (only_digits && (read.ec != std::errc() || std::abs(token.number) > 1e12)) {
    token.kind = Token::Kind::fault;
    token.value = "the number is too large";
  }
  return token;
}

Token ExpressionLexer::symbol(Token token) {
  const std::string_view rest = text_.substr(at_);
  for (const std::string_view known :
       {"=>", "==", "!=", "<>", "<=", ">=", "=", "<", ">", ":", "(", ")", ",", ";", "."}) {
    if (rest.substr(0, known.size()) != known) continue;
    for (std::size_t i = 0; i < known.size(); ++i)
      step();
    token.kind = Token::Kind::symbol;
    token.found = rest.substr(0, known.size());
    token.value = known == "==" ? "=" : known == "<>" ? "!=" : std::string(known);
    return token;
  }
  token.kind = Token::Kind::fault;
  token.value = std::string("there is no use for '") + rest.front() + "' here";
  step();
  return token;
}

}  // namespace souk::recommendations
