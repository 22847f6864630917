// Filter texts → trees: a recursive descent of bounded depth. Used by filter.hpp's functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/filter.hpp"
#include "plugins/search/model/filter_lexer.hpp"

namespace souk::search {

class FilterParser {
 public:
  FilterParser(std::string_view text, std::string_view field, Dialect dialect);

  Result<Filter> filter();
  Result<std::vector<BoostRule>> boosts();
  /// One test and "<score=N>" behind it, if it is there.
  Result<Wish> wish();

 private:
  using Node = std::uint32_t;
  using Kind = FilterNode::Kind;

  Node any();
  Node all();
  Node inverse();
  Node test();
  void relation(FilterTest& test, bool& negated);
  void equality(FilterTest& test);
  void comparison(FilterTest& test, const std::string& symbol);
  void list(FilterTest& test);
  void lone_name(FilterTest& test, bool& negated);
  void score(double& value);
  std::string value(std::string_view wanted);
  double number(const std::string& text, bool last, std::uint32_t column);
  Node add(FilterNode node);
  Node group(Kind kind, std::vector<Node> parts);

  const FilterToken& peek();
  void drop() { has_token_ = false; }
  bool take_word(std::string_view word);
  bool take_symbol(std::string_view symbol);
  void fail(std::uint32_t column, const std::string& what);
  void expected(std::string_view what);
  [[nodiscard]] Status finish();
  Filter take();

  std::string_view field_;
  Dialect dialect_;
  bool too_long_ = false;
  FilterLexer lexer_;
  FilterToken token_;
  bool has_token_ = false;
  Status status_;
  Filter made_;
  std::size_t tests_ = 0;
  std::size_t values_ = 0;
  std::size_t depth_ = 0;
};

/// "attribute:value" of a facet list; `negated` says that the value began with "-". False when
/// there is no attribute or no colon.
bool read_facet_literal(std::string_view text, FilterTest& test, bool& negated);

/// Takes "<score=N>" off the end of `text`; 1 when it is not there.
double take_score(std::string_view& text);

}  // namespace souk::search
