// Filters, boosts and lists from anybody: never a crash, never a tree that leads outside itself,
// and what is written again reads as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plugins/search/model/filter.hpp"

namespace {

using souk::search::Filter;
using souk::search::FilterNode;

void check(const Filter& filter) {
  for (std::size_t i = 0; i < filter.nodes.size(); ++i) {
    const FilterNode& node = filter.nodes[i];
    if (node.kind == FilterNode::Kind::test && node.test >= filter.tests.size()) std::abort();
    if (node.kind == FilterNode::Kind::negation && node.children.size() != 1) std::abort();
    for (const std::uint32_t child : node.children) {
      if (child >= i) std::abort();
    }
  }
}

void check_again(const Filter& filter) {
  const std::string text = souk::search::to_text(filter);
  if (text.size() > souk::search::FilterLimits::kLongest) return;
  const auto again = souk::search::parse_filter(text, "f");
  // Parentheses that the text did without may go deeper than is allowed.
  if (!again.ok() && again.status().message().find("within one another") != std::string::npos)
    return;
  if (!again.ok() || souk::search::to_text(again.value()) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace souk::search;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Dialect dialect : {Dialect::souk, Dialect::algolia}) {
    if (const auto filter = parse_filter(text, "f", dialect); filter.ok()) {
      check(filter.value());
      check_again(filter.value());
    }
  }
  if (const auto boosts = parse_boosts(text, "b"); boosts.ok()) {
    for (const auto& rule : boosts.value())
      check(rule.when);
  }
  const FilterGroups groups = read_legacy_groups(text);
  for (const auto& read : {parse_facet_filters(groups, "f"), parse_numeric_filters(groups, "n"),
                           parse_tag_filters(groups, "t")}) {
    if (read.ok()) check(read.value());
  }
  if (const auto wishes = parse_optional_filters(groups, "o"); wishes.ok()) {
    for (const auto& wish : wishes.value())
      check(wish.when);
  }
  return 0;
}
