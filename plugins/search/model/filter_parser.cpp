#include "plugins/search/model/filter_parser.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr std::array<std::string_view, 6> kReserved{"AND", "OR", "NOT", "IN", "IS", "TO"};

std::string shown(std::string_view found) {
  if (found.size() <= 60) return "'" + std::string(found) + "'";
  std::size_t end = 60;
  while (end > 0 && (static_cast<unsigned char>(found[end]) & 0xc0) == 0x80)
    --end;
  return "'" + std::string(found.substr(0, end)) + "…'";
}

}  // namespace

FilterParser::FilterParser(std::string_view text, std::string_view field, Dialect dialect)
    : field_(field),
      dialect_(dialect),
      too_long_(text.size() > FilterLimits::kLongest),
      lexer_(too_long_ ? std::string_view() : text) {
  if (too_long_) {
    fail(1, "the text has " + std::to_string(text.size()) + " bytes; at most " +
                std::to_string(FilterLimits::kLongest) + " are read");
  }
}

const FilterToken& FilterParser::peek() {
  if (!has_token_) {
    token_ = status_.ok() ? lexer_.next() : FilterToken();
    has_token_ = true;
    if (token_.kind == FilterToken::Kind::fault) fail(token_.column, token_.value);
  }
  return token_;
}

bool FilterParser::take_word(std::string_view word) {
  const FilterToken& token = peek();
  if (token.kind != FilterToken::Kind::word || !same_letters(token.value, word)) return false;
  drop();
  return true;
}

bool FilterParser::take_symbol(std::string_view symbol) {
  const FilterToken& token = peek();
  if (token.kind != FilterToken::Kind::symbol || token.value != symbol) return false;
  drop();
  return true;
}

// The first fault counts; from there on nothing is read.
void FilterParser::fail(std::uint32_t column, const std::string& what) {
  if (status_.ok()) {
    status_ = Status(Code::invalid_argument, "column " + std::to_string(column) + ": " + what,
                     std::string(field_));
  }
  token_ = FilterToken();
  has_token_ = true;
}

void FilterParser::expected(std::string_view what) {
  const FilterToken token = peek();
  const std::string found = token.kind == FilterToken::Kind::end ? "the end" : shown(token.found);
  fail(token.column, "expected " + std::string(what) + ", found " + found);
}

FilterParser::Node FilterParser::add(FilterNode node) {
  made_.nodes.push_back(std::move(node));
  return static_cast<Node>(made_.nodes.size() - 1);
}

FilterParser::Node FilterParser::group(Kind kind, std::vector<Node> parts) {
  if (parts.size() == 1) return parts.front();
  return add({kind, 0, std::move(parts)});
}

FilterParser::Node FilterParser::any() {
  std::vector<Node> parts;
  do {
    parts.push_back(all());
  } while (status_.ok() && take_word("OR"));
  return group(Kind::any, std::move(parts));
}

FilterParser::Node FilterParser::all() {
  std::vector<Node> parts;
  do {
    parts.push_back(inverse());
  } while (status_.ok() && take_word("AND"));
  return group(Kind::all, std::move(parts));
}

FilterParser::Node FilterParser::inverse() {
  if (++depth_ > FilterLimits::kDeepest) {
    fail(peek().column, "more than " + std::to_string(FilterLimits::kDeepest) +
                            " parentheses and NOTs within one another");
    return 0;
  }
  Node made = 0;
  if (take_word("NOT")) {
    const Node inner = inverse();
    made = add({Kind::negation, 0, {inner}});
  } else if (take_symbol("(")) {
    made = any();
    if (status_.ok() && !take_symbol(")")) expected("AND, OR or )");
  } else {
    made = test();
  }
  --depth_;
  return made;
}

FilterParser::Node FilterParser::test() {
  const FilterToken name = peek();
  const bool reserved = name.kind == FilterToken::Kind::word &&
                        std::any_of(kReserved.begin(), kReserved.end(), [&](std::string_view word) {
                          return same_letters(word, name.value);
                        });
  const bool named = name.kind == FilterToken::Kind::word || name.kind == FilterToken::Kind::text;
  if (!named || reserved || name.value.empty()) {
    expected("the name of an attribute, NOT or (");
    return 0;
  }
  if (++tests_ > FilterLimits::kMostTests) {
    fail(name.column, "more than " + std::to_string(FilterLimits::kMostTests) + " conditions");
    return 0;
  }
  drop();
  FilterTest made;
  made.attribute = name.value;
  made.column = name.column;
  bool negated = false;
  relation(made, negated);
  if (!status_.ok()) return 0;
  made_.tests.push_back(std::move(made));
  const Node node = add({Kind::test, static_cast<std::uint32_t>(made_.tests.size() - 1), {}});
  return negated ? add({Kind::negation, 0, {node}}) : node;
}

void FilterParser::relation(FilterTest& test, bool& negated) {
  const FilterToken token = peek();
  if (token.kind == FilterToken::Kind::symbol) {
    const std::string& symbol = token.value;
    if (symbol == ":" || symbol == "=") {
      drop();
      return equality(test);
    }
    if (symbol == "!=" || symbol == "<>") {
      drop();
      negated = true;
      test.values.push_back(value("a value"));
      return;
    }
    if (symbol == "<" || symbol == "<=" || symbol == ">" || symbol == ">=") {
      drop();
      return comparison(test, symbol);
    }
  }
  if (take_word("IN")) return list(test);
  if (take_word("EXISTS")) {
    test.relation = Relation::missing;
    negated = true;
  } else if (take_word("IS")) {
    test.relation = Relation::missing;
    negated = take_word("NOT");
    if (!take_word("NULL") && !take_word("MISSING")) expected("NULL");
  } else if (take_word("NOT")) {
    negated = true;
    if (!take_word("IN")) return expected("IN");
    list(test);
  } else {
    lone_name(test, negated);
  }
}

void FilterParser::lone_name(FilterTest& test, bool& negated) {
  const FilterToken& token = peek();
  const bool follows = token.kind == FilterToken::Kind::end || token.value == ")" ||
                       token.value == "=>" || token.value == "<" ||
                       same_letters(token.value, "AND") || same_letters(token.value, "OR");
  if (!follows) return expected("=, !=, :, <, <=, >, >=, IN, NOT IN, IS NULL, AND or OR");
  if (dialect_ == Dialect::souk) {
    test.relation = Relation::truth;
    return;
  }
  // Some put quotes around the whole: "brand:Acme Co".
  const std::string name = std::move(test.attribute);
  if (name.find(':') != std::string::npos && read_facet_literal(name, test, negated)) return;
  test.attribute = "_tags";
  test.values = {name};
}

std::string FilterParser::value(std::string_view wanted) {
  if (!status_.ok()) return {};
  if (++values_ > FilterLimits::kMostValues) {
    fail(1, "more than " + std::to_string(FilterLimits::kMostValues) + " values");
    return {};
  }
  token_ = lexer_.next_value();
  has_token_ = true;
  if (token_.kind == FilterToken::Kind::fault) {
    fail(token_.column, token_.value);
    return {};
  }
  if (token_.kind == FilterToken::Kind::end || token_.kind == FilterToken::Kind::symbol) {
    expected(wanted);
    return {};
  }
  drop();
  return std::move(token_.value);
}

void FilterParser::equality(FilterTest& test) {
  test.values.push_back(value("a value"));
  const std::uint32_t column = token_.column;
  if (!status_.ok() || !take_word("TO")) return;
  test.relation = Relation::between;
  test.low = number(test.values.front(), false, column);
  const std::string upper = value("a number or a date");
  test.high = number(upper, true, token_.column);
  test.values.clear();
}

void FilterParser::comparison(FilterTest& test, const std::string& symbol) {
  const std::string written = value("a number or a date");
  if (!status_.ok()) return;
  test.relation = Relation::between;
  const bool above = symbol.front() == '>';
  const bool with_end = symbol.size() == 2;
  // "<= a day" and "> a day" count from its last moment.
  const double bound = number(written, above != with_end, token_.column);
  test.low = above ? (with_end ? bound : std::nextafter(bound, kUnbounded)) : -kUnbounded;
  test.high = above ? kUnbounded : (with_end ? bound : std::nextafter(bound, -kUnbounded));
}

double FilterParser::number(const std::string& text, bool last, std::uint32_t column) {
  if (!status_.ok()) return 0;
  if (const auto plain = read_number(text)) return *plain;
  if (const auto time = read_time(text)) return last ? time->last : time->first;
  fail(column, "expected a number or a date (YYYY-MM-DD), found " + shown(text));
  return 0;
}

void FilterParser::list(FilterTest& test) {
  if (!take_symbol("(")) return expected("( after IN");
  do {
    test.values.push_back(value("a value"));
  } while (status_.ok() && take_symbol(","));
  if (status_.ok() && !take_symbol(")")) expected("a comma or )");
}

void FilterParser::score(double& score) {
  if (!take_symbol("<")) return;
  if (!take_word("score") || !take_symbol("=")) return expected("score=N>");
  const std::uint32_t column = peek().column;
  const std::string written = peek().value;
  drop();
  const auto read = read_number(written);
  if (!read || *read < 0) return fail(column, "expected a score, found " + shown(written));
  if (!take_symbol(">")) return expected(">");
  score = *read;
}

Status FilterParser::finish() {
  if (status_.ok() && peek().kind != FilterToken::Kind::end)
    expected("AND, OR or the end (quote values with spaces)");
  return status_;
}

Filter FilterParser::take() {
  Filter taken = std::move(made_);
  made_ = Filter();
  return taken;
}

Result<Filter> FilterParser::filter() {
  if (status_.ok() && peek().kind == FilterToken::Kind::end) return Filter();
  any();
  double ignored = 1;
  // Algolia lets scores stand in `filters`; they say nothing about what may be shown.
  if (dialect_ == Dialect::algolia && status_.ok()) score(ignored);
  if (Status status = finish(); !status.ok()) return status;
  return take();
}

Result<Wish> FilterParser::wish() {
  Wish made;
  test();
  if (status_.ok()) score(made.score);
  if (Status status = finish(); !status.ok()) return status;
  made.when = take();
  return made;
}

Result<std::vector<BoostRule>> FilterParser::boosts() {
  std::vector<BoostRule> rules;
  if (status_.ok() && peek().kind == FilterToken::Kind::end) return rules;
  do {
    if (rules.size() > 0 && peek().kind == FilterToken::Kind::end) break;
    any();
    if (status_.ok() && !take_symbol("=>")) expected("AND, OR or => and a factor");
    const std::string written = value("a factor");
    if (!status_.ok()) break;
    const auto factor = read_number(written);
    if (!factor || !(*factor >= 0 && *factor <= FilterLimits::kLargestFactor)) {
      fail(token_.column, "expected a factor from 0 to 100, found " + shown(written));
    } else if (rules.size() == FilterLimits::kMostBoosts) {
      fail(token_.column, "more than " + std::to_string(FilterLimits::kMostBoosts) + " boosts");
    } else {
      rules.push_back({take(), *factor});
    }
  } while (status_.ok() && take_symbol(";"));
  if (status_.ok() && peek().kind != FilterToken::Kind::end) expected("; or the end");
  if (!status_.ok()) return status_;
  return rules;
}

}  // namespace souk::search
