#include "plugins/search/model/filter_lexer.hpp"

#include <array>

namespace souk::search {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }
constexpr std::string_view kEndsWord = "(),;<>=";
constexpr std::string_view kSymbols = "(),;<>=:!";

}  // namespace

void FilterLexer::step() {
  ++at_;
  if (at_ >= text_.size() || begins_character(text_[at_])) ++column_;
}

FilterToken FilterLexer::read(std::string_view also_ends) {
  while (at_ < text_.size() && is_space(text_[at_]))
    step();
  FilterToken token;
  token.column = column_;
  if (at_ >= text_.size()) return token;
  const std::size_t begin = at_;
  const char c = text_[at_];
  if (c == '"' || c == '\'')
    quoted(token);
  else if (kEndsWord.find(c) != std::string_view::npos ||
           also_ends.find(c) != std::string_view::npos)
    symbol(token);
  else
    word(token, also_ends);
  token.found = text_.substr(begin, at_ - begin);
  return token;
}

void FilterLexer::word(FilterToken& token, std::string_view also_ends) {
  token.kind = FilterToken::Kind::word;
  for (; at_ < text_.size(); step()) {
    const char c = text_[at_];
    if (is_space(c) || kEndsWord.find(c) != std::string_view::npos ||
        also_ends.find(c) != std::string_view::npos)
      return;
    if (c == '\\' && at_ + 1 < text_.size()) {
      step();
      token.kind = FilterToken::Kind::text;  // what is escaped is no word of the grammar
    }
    token.value.push_back(text_[at_]);
  }
}

void FilterLexer::quoted(FilterToken& token) {
  const char quote = text_[at_];
  for (step(); at_ < text_.size() && text_[at_] != quote; step()) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) step();
    token.value.push_back(text_[at_]);
  }
  if (at_ >= text_.size()) {
    token.kind = FilterToken::Kind::fault;
    token.value = std::string("text begins with ") + quote + " and does not end with it";
    return;
  }
  step();
  token.kind = FilterToken::Kind::text;
}

void FilterLexer::symbol(FilterToken& token) {
  constexpr std::array<std::string_view, 5> kLong{"<=", ">=", "!=", "=>", "<>"};
  token.kind = FilterToken::Kind::symbol;
  std::size_t size = kSymbols.find(text_[at_]) == std::string_view::npos ? 0 : 1;
  for (const std::string_view symbol : kLong) {
    if (text_.substr(at_).starts_with(symbol)) size = 2;
  }
  if (size == 0) size = 1;
  token.value = text_.substr(at_, size);
  while (size-- > 0)
    step();
}

}  // namespace souk::search
