// What to sort by, as text.
#include <algorithm>

#include "plugins/search/model/filter_evaluation.hpp"
#include "plugins/search/model/sorting.hpp"
#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

Status wrong(std::size_t column, const std::string& what, std::string_view field) {
  return Status(Code::invalid_argument, "column " + std::to_string(column) + ": " + what,
                std::string(field));
}

// Takes a direction off the end: "price desc", "price:desc", "desc(price)", "-price".
std::string_view take_direction(std::string_view part, bool& descending) {
  for (const std::string_view word : {"desc", "asc"}) {
    const bool down = word == "desc";
    if (part.size() > word.size() + 1) {
      const std::string_view tail = part.substr(part.size() - word.size());
      const char before = part[part.size() - word.size() - 1];
      if (same_letters(tail, word) && (before == ' ' || before == ':' || before == '\t')) {
        descending = down;
        return trimmed(part.substr(0, part.size() - word.size() - 1));
      }
    }
    if (part.ends_with(')') && part.size() > word.size() + 2 && part[word.size()] == '(' &&
        same_letters(part.substr(0, word.size()), word)) {
      descending = down;
      return trimmed(part.substr(word.size() + 1, part.size() - word.size() - 2));
    }
  }
  if (part.size() > 1 && part.front() == '-') {
    descending = true;
    return trimmed(part.substr(1));
  }
  return part;
}

}  // namespace

Result<SortRequest> parse_sort(std::string_view text, std::string_view field) {
  SortRequest request;
  if (trimmed(text).empty()) return request;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = trimmed(text.substr(begin, end - begin));
    SortKey key;
    const std::string_view name = take_direction(part, key.descending);
    if (name.empty()) return wrong(begin + 1, "expected an attribute, then asc or desc", field);
    if (name.find_first_of(" \t()") != std::string_view::npos)
      return wrong(begin + 1,
                   "expected an attribute, then asc or desc, found '" +
                       std::string(part.substr(0, 60)) + "'",
                   field);
    // What stands behind relevance only decides between equals, of which there are none.
    if (same_letters(name, "relevance")) return request;
    if (request.keys.size() == SortRequest::kMostKeys)
      return wrong(begin + 1, "more than 8 attributes", field);
    const bool distance = same_letters(name, "distance") || same_letters(name, "_geo");
    if (!distance) key.attribute = name;
    request.keys.push_back(std::move(key));
    begin = end + 1;
  }
  return request;
}

Status check_sort(const SortRequest& request, std::span<const Columns* const> segments,
                  std::string_view field, std::span<const DocSet> visible) {
  Filter tests;
  for (const SortKey& key : request.keys) {
    if (key.attribute.empty()) continue;
    FilterTest test;
    test.attribute = key.attribute;
    test.relation = Relation::missing;
    test.column = 1;
    tests.tests.push_back(std::move(test));
  }
  return check_attributes(tests, segments, field, visible);
}

}  // namespace souk::search
