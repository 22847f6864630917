// Attributes that nobody has, and what was probably meant.
#include <algorithm>
#include <array>
#include <numeric>

#include "plugins/search/model/filter_evaluation.hpp"
#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

// What products may say in any shop, before the first one does.
constexpr std::array<std::string_view, 20> kAlwaysKnown{
    "_tags",      "age_days", "availability", "brand",    "categories", "category", "created_at",
    "currency",   "id",       "list_price",   "objectID", "on_sale",    "price",    "product",
    "product_id", "rating",   "sku",          "stock",    "tag",        "tags"};

// Edits that make one name the other: Damerau's distance, restricted form, without case.
std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 63;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  a = a.substr(0, kLongest);
  b = b.substr(0, kLongest);
  std::array<std::size_t, kLongest + 1> before{}, last{}, now{};
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, change});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

// Does a product that may be seen say anything? Usually the first one does.
bool is_seen(const Ordinals& ordinals, std::size_t segment, std::span<const DocSet> visible) {
  if (visible.empty()) return true;
  const auto docs = ordinals.sorted();
  return std::any_of(docs.begin(), docs.end(),
                     [&](DocId doc) { return visible[segment].contains(doc); });
}

Attribute find_anywhere(std::string_view name, std::span<const Columns* const> segments,
                        std::span<const DocSet> visible) {
  Attribute found;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Attribute here = segments[i]->find(name);
    if (found.text == nullptr && here.text != nullptr && is_seen(here.text->ordinals, i, visible))
      found.text = here.text;
    if (found.number == nullptr && here.number != nullptr &&
        is_seen(here.number->ordinals, i, visible))
      found.number = here.number;
    if (found.text != nullptr && found.number != nullptr) break;
  }
  return found;
}

bool always_known(std::string_view name) {
  name = name.substr(0, name.find(".lvl"));
  return std::any_of(kAlwaysKnown.begin(), kAlwaysKnown.end(),
                     [&](std::string_view known) { return same_letters(known, name); });
}

Status refuse(const FilterTest& test, const std::string& what, std::string_view field) {
  return Status(Code::invalid_argument, "column " + std::to_string(test.column) + ": " + what,
                std::string(field));
}

Status unknown(const FilterTest& test, std::span<const Columns* const> segments,
               std::span<const DocSet> visible, std::string_view field) {
  std::string what = "no product has the attribute '" + test.attribute.substr(0, 100) + "'";
  const std::vector<std::string> near = near_attributes(test.attribute, segments, 3, visible);
  for (std::size_t i = 0; i < near.size(); ++i)
    what += (i == 0 ? "; did you mean '" : i + 1 == near.size() ? " or '" : ", '") + near[i] + "'";
  return refuse(test, near.empty() ? what : what + "?", field);
}

}  // namespace

std::vector<std::string> near_attributes(std::string_view wrong,
                                         std::span<const Columns* const> segments, std::size_t most,
                                         std::span<const DocSet> visible) {
  std::vector<std::string_view> names(kAlwaysKnown.begin(), kAlwaysKnown.end());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (const TextColumn& column : segments[i]->texts())
      if (is_seen(column.ordinals, i, visible)) names.push_back(column.name);
    for (const NumberColumn& column : segments[i]->numbers())
      if (is_seen(column.ordinals, i, visible)) names.push_back(column.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const std::string_view name : names) {
    // "color" is near to "attributes.colour": folders need not be typed.
    const std::string_view bare = name.substr(name.rfind('.') + 1);
    const std::size_t edits = std::min(distance(wrong, name), distance(wrong, bare));
    if (edits <= 2 && edits * 3 <= std::max<std::size_t>(bare.size(), 3))
      near.emplace_back(edits, name);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> made;
  for (std::size_t i = 0; i < std::min(most, near.size()); ++i)
    made.emplace_back(near[i].second);
  return made;
}

Status check_attributes(const Filter& filter, std::span<const Columns* const> segments,
                        std::string_view field, std::span<const DocSet> visible) {
  const bool any_product =
      std::any_of(segments.begin(), segments.end(),
                  [](const Columns* columns) { return columns->documents() != 0; });
  if (!any_product) return {};
  for (const FilterTest& test : filter.tests) {
    if (test.relation == Relation::near || test.relation == Relation::inside) continue;
    const Attribute found = find_anywhere(test.attribute, segments, visible);
    if (!found) {
      if (!always_known(test.attribute)) return unknown(test, segments, visible, field);
    } else if (test.relation == Relation::between && found.number == nullptr) {
      return refuse(test,
                    "'" + test.attribute +
                        "' is text: compare it with =, != or IN, "
                        "not as a number",
                    field);
    } else if (test.relation == Relation::equal && found.text == nullptr) {
      for (const std::string& value : test.values) {
        if (!read_number(value) && !read_time(value))
          return refuse(test,
                        "'" + test.attribute + "' is a number; '" + value.substr(0, 60) +
                            "' is neither a number nor a date (YYYY-MM-DD)",
                        field);
      }
    }
  }
  return {};
}

}  // namespace souk::search
