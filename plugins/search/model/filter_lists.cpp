// Algolia's lists of filters → trees.
#include <algorithm>
#include <cmath>

#include "plugins/search/model/filter_parser.hpp"
#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

using Kind = FilterNode::Kind;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::string unquoted(std::string_view text) {
  const bool both = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                    text.back() == text.front();
  if (!both) return std::string(text);
  std::string made;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    made.push_back(text[i]);
  }
  return made;
}

Status wrong(std::string_view field, std::size_t group, const std::string& what) {
  std::string at = std::string(field) + "[" + std::to_string(group) + "]";
  return Status(Code::invalid_argument, what, std::move(at));
}

std::uint32_t add_test(Filter& filter, FilterTest test, bool negated) {
  filter.tests.push_back(std::move(test));
  filter.nodes.push_back({Kind::test, static_cast<std::uint32_t>(filter.tests.size() - 1), {}});
  auto node = static_cast<std::uint32_t>(filter.nodes.size() - 1);
  if (!negated) return node;
  filter.nodes.push_back({Kind::negation, 0, {node}});
  return node + 1;
}

/// Values of one attribute, of which a shopper ticks some, are one test: each text of an attribute
/// and each look at a segment for it once.
bool join_values(Filter& group, const std::vector<std::uint32_t>& parts, FilterTest& test) {
  if (parts.empty() || test.relation != Relation::equal) return false;
  const FilterNode& last = group.nodes[parts.back()];
  if (last.kind != Kind::test) return false;
  FilterTest& other = group.tests[last.test];
  if (other.relation != Relation::equal || other.attribute != test.attribute) return false;
  for (std::string& value : test.values)
    other.values.push_back(std::move(value));
  return true;
}

// Reads every element with read(text, test, negated) → Status, and joins them.
template <class Read>
Result<Filter> read_groups(const FilterGroups& groups, std::string_view field, Read&& read) {
  Filter made;
  std::size_t tests = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Filter group;
    std::vector<std::uint32_t> parts;
    for (const std::string& text : groups[g]) {
      if (++tests > FilterLimits::kMostTests)
        return wrong(field, g,
                     "more than " + std::to_string(FilterLimits::kMostTests) + " filters");
      if (text.size() > FilterLimits::kLongest) return wrong(field, g, "a filter is too long");
      if (trim(text).empty()) continue;
      FilterTest test;
      bool negated = false;
      std::string_view element = trim(text);
      if (Status status = read(element, test, negated, g); !status.ok()) return status;
      if (!negated && join_values(group, parts, test)) continue;
      parts.push_back(add_test(group, std::move(test), negated));
    }
    if (parts.size() > 1) group.nodes.push_back({Kind::any, 0, std::move(parts)});
    made.require(std::move(group));
  }
  return made;
}

std::string no_colon(std::string_view element) {
  return "expected attribute:value, found '" + std::string(element.substr(0, 80)) + "'";
}

}  // namespace

bool read_facet_literal(std::string_view text, FilterTest& test, bool& negated) {
  std::size_t colon = 0;
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const std::size_t close = text.find(text.front(), 1);
    colon = close == std::string_view::npos ? close : text.find(':', close);
  } else {
    colon = text.find(':');
  }
  if (colon == std::string_view::npos) return false;
  test.attribute = unquoted(trim(text.substr(0, colon)));
  if (test.attribute.empty()) return false;
  std::string_view value = trim(text.substr(colon + 1));
  if (value.starts_with('-')) {
    negated = true;
    value.remove_prefix(1);
  } else if (value.starts_with("\\-")) {
    value.remove_prefix(1);
  }
  test.relation = Relation::equal;
  test.values = {unquoted(value)};
  return true;
}

double take_score(std::string_view& text) {
  constexpr std::string_view kBegin = "<score=";
  const std::size_t at = text.rfind(kBegin);
  if (at == std::string_view::npos || !text.ends_with('>')) return 1;
  const auto score =
      read_number(text.substr(at + kBegin.size(), text.size() - at - kBegin.size() - 1));
  if (!score || *score < 0) return 1;
  text = trim(text.substr(0, at));
  return *score;
}

FilterGroups read_legacy_groups(std::string_view text) {
  FilterGroups groups;
  std::vector<std::string> group;
  std::string element;
  bool inside = false;
  char quote = 0;
  const auto close_element = [&] {
    if (!trim(element).empty()) group.emplace_back(trim(element));
    element.clear();
  };
  const auto close_group = [&] {
    close_element();
    if (!group.empty()) groups.push_back(std::move(group));
    group.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      element.push_back(c);
      element.push_back(text[++i]);
      continue;
    }
    if (quote != 0 ? c == quote : (c == '"' || c == '\'')) quote = quote != 0 ? 0 : c;
    const bool begins = quote == 0 && !inside && c == '(' && trim(element).empty();
    const bool ends = quote == 0 && inside && c == ')';
    if (begins || ends) {
      close_group();
      inside = begins;
    } else if (quote == 0 && c == ',') {
      if (inside)
        close_element();
      else
        close_group();
    } else {
      element.push_back(c);
    }
  }
  close_group();
  return groups;
}

Result<Filter> parse_facet_filters(const FilterGroups& groups, std::string_view field) {
  return read_groups(groups, field,
                     [&](std::string_view element, FilterTest& test, bool& negated, std::size_t g) {
                       take_score(element);
                       if (read_facet_literal(element, test, negated)) return Status();
                       return wrong(field, g, no_colon(element));
                     });
}

Result<Filter> parse_tag_filters(const FilterGroups& groups, std::string_view field) {
  return read_groups(groups, field,
                     [&](std::string_view element, FilterTest& test, bool& negated, std::size_t) {
                       negated = element.starts_with('-');
                       if (negated || element.starts_with("\\-")) element.remove_prefix(1);
                       if (element.starts_with("_tags:")) element.remove_prefix(6);
                       test.attribute = "_tags";
                       test.values = {unquoted(element)};
                       return Status();
                     });
}

Result<Filter> parse_numeric_filters(const FilterGroups& groups, std::string_view field) {
  return read_groups(
      groups, field, [&](std::string_view element, FilterTest& test, bool& negated, std::size_t g) {
        Result<Wish> read = FilterParser(element, field, Dialect::algolia).wish();
        if (!read.ok()) return wrong(field, g, read.status().message());
        const Filter& filter = read->when;
        test = filter.tests.front();
        negated = filter.nodes.size() > 1;
        const bool number = test.relation == Relation::between ||
                            (test.relation == Relation::equal && test.values.size() == 1 &&
                             (read_number(test.values[0]) || read_time(test.values[0])));
        if (number) return Status();
        return wrong(field, g,
                     "expected attribute, one of < <= = != >= > and a number, found '" +
                         std::string(element.substr(0, 80)) + "'");
      });
}

Result<std::vector<Wish>> parse_optional_filters(const FilterGroups& groups,
                                                 std::string_view field) {
  std::vector<Wish> wishes;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::string& text : groups[g]) {
      std::string_view element = trim(text);
      if (element.empty()) continue;
      if (wishes.size() == FilterLimits::kMostTests)
        return wrong(field, g,
                     "more than " + std::to_string(FilterLimits::kMostTests) + " filters");
      Wish wish;
      wish.score = take_score(element);
      wish.group = static_cast<std::uint32_t>(g);
      FilterTest test;
      bool negated = false;
      if (element.size() > FilterLimits::kLongest || !read_facet_literal(element, test, negated))
        return wrong(field, g, no_colon(element));
      if (negated) wish.score = -wish.score;
      add_test(wish.when, std::move(test), false);
      wishes.push_back(std::move(wish));
    }
  }
  return wishes;
}

}  // namespace souk::search
