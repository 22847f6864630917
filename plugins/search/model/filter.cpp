#include "plugins/search/model/filter.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "plugins/search/model/filter_parser.hpp"
#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

using Kind = FilterNode::Kind;

std::string in_quotes(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made.push_back('\\');
    made.push_back(c);
  }
  return made + "\"";
}

std::string range_text(const FilterTest& test) {
  const std::string name = in_quotes(test.attribute);
  const bool no_low = std::isinf(test.low), no_high = std::isinf(test.high);
  if (no_low && no_high) return name + " IS NOT NULL";
  if (no_low) return name + " <= " + number_text(test.high);
  if (no_high) return name + " >= " + number_text(test.low);
  return name + ": " + number_text(test.low) + " TO " + number_text(test.high);
}

std::string test_text(const FilterTest& test) {
  switch (test.relation) {
    case Relation::equal: {
      if (test.values.size() == 1)
        return in_quotes(test.attribute) + " = " + in_quotes(test.values[0]);
      std::string list;
      for (const std::string& value : test.values)
        list += (list.empty() ? "" : ", ") + in_quotes(value);
      return in_quotes(test.attribute) + " IN (" + list + ")";
    }
    case Relation::between:
      return range_text(test);
    case Relation::missing:
      return in_quotes(test.attribute) + " IS NULL";
    case Relation::truth:
      return in_quotes(test.attribute);
    case Relation::near:
      return "near(" + number_text(test.point.latitude) + "," + number_text(test.point.longitude) +
             " " + number_text(test.high) + ")";
    case Relation::inside:
      return "inside(" + std::to_string(test.boxes.size() + test.polygons.size()) + ")";
  }
  return {};
}

std::string node_text(const Filter& filter, std::uint32_t index) {
  const FilterNode& node = filter.nodes[index];
  if (node.kind == Kind::test) return test_text(filter.tests[node.test]);
  if (node.kind == Kind::negation) return "NOT (" + node_text(filter, node.children[0]) + ")";
  std::string made;
  for (const std::uint32_t child : node.children) {
    if (!made.empty()) made += node.kind == Kind::all ? " AND " : " OR ";
    const bool group =
        filter.nodes[child].kind == Kind::all || filter.nodes[child].kind == Kind::any;
    made += group ? "(" + node_text(filter, child) + ")" : node_text(filter, child);
  }
  return made;
}

bool asks_places(const Filter& filter, std::uint32_t index) {
  const FilterNode& node = filter.nodes[index];
  if (node.kind == Kind::test) {
    const Relation relation = filter.tests[node.test].relation;
    return relation == Relation::near || relation == Relation::inside;
  }
  return std::any_of(node.children.begin(), node.children.end(),
                     [&filter](std::uint32_t child) { return asks_places(filter, child); });
}

Filter of_test(FilterTest test) {
  Filter made;
  made.tests.push_back(std::move(test));
  made.nodes.push_back({Kind::test, 0, {}});
  return made;
}

}  // namespace

// However many filters are joined one by one, the tree stays flat.
void Filter::require(Filter other) {
  if (other.empty()) return;
  if (empty()) {
    *this = std::move(other);
    return;
  }
  const auto take_parts = [](Filter& filter) {
    std::vector<std::uint32_t> parts{static_cast<std::uint32_t>(filter.nodes.size() - 1)};
    if (filter.nodes.back().kind == Kind::all) {
      parts = std::move(filter.nodes.back().children);
      filter.nodes.pop_back();
    }
    return parts;
  };
  std::vector<std::uint32_t> parts = take_parts(*this);
  const std::vector<std::uint32_t> other_parts = take_parts(other);
  const auto tests_before = static_cast<std::uint32_t>(tests.size());
  const auto nodes_before = static_cast<std::uint32_t>(nodes.size());
  std::move(other.tests.begin(), other.tests.end(), std::back_inserter(tests));
  for (FilterNode& node : other.nodes) {
    node.test += tests_before;
    for (std::uint32_t& child : node.children)
      child += nodes_before;
    nodes.push_back(std::move(node));
  }
  for (const std::uint32_t part : other_parts)
    parts.push_back(part + nodes_before);
  nodes.push_back({Kind::all, 0, std::move(parts)});
}

void Filter::negate() {
  if (empty()) nodes.push_back({Kind::all, 0, {}});
  nodes.push_back({Kind::negation, 0, {static_cast<std::uint32_t>(nodes.size() - 1)}});
}

Result<Filter> parse_filter(std::string_view text, std::string_view field, Dialect dialect) {
  return FilterParser(text, field, dialect).filter();
}

Result<std::vector<BoostRule>> parse_boosts(std::string_view text, std::string_view field) {
  return FilterParser(text, field, Dialect::souk).boosts();
}

std::string to_text(const Filter& filter) {
  return filter.empty() ? std::string()
                        : node_text(filter, static_cast<std::uint32_t>(filter.nodes.size() - 1));
}

std::string part_text(const Filter& filter, std::uint32_t node) {
  return asks_places(filter, node) ? std::string() : node_text(filter, node);
}

Filter near_filter(const GeoPoint& point, double radius_m) {
  FilterTest test;
  test.relation = Relation::near;
  test.point = point;
  test.high = radius_m;
  return of_test(std::move(test));
}

Filter inside_filter(std::vector<GeoBox> boxes, std::vector<GeoPolygon> polygons) {
  FilterTest test;
  test.relation = Relation::inside;
  test.boxes = std::move(boxes);
  test.polygons = std::move(polygons);
  return of_test(std::move(test));
}

Filter equal_filter(std::string attribute, std::vector<std::string> values) {
  FilterTest test;
  test.attribute = std::move(attribute);
  test.values = std::move(values);
  return of_test(std::move(test));
}

Filter between_filter(std::string attribute, double low, double high) {
  FilterTest test;
  test.attribute = std::move(attribute);
  test.relation = Relation::between;
  test.low = low;
  test.high = high;
  return of_test(std::move(test));
}

}  // namespace souk::search
