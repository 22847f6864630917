#include "plugins/search/model/columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

using OtherName = std::pair<std::string_view, std::string_view>;
constexpr std::array<OtherName, 9> kOtherNames{{{"_tags", "tags"},
                                                {"categories", "category"},
                                                {"category", "categories"},
                                                {"id", "product_id"},
                                                {"objectID", "id"},
                                                {"product", "id"},
                                                {"product_id", "id"},
                                                {"tag", "tags"},
                                                {"tags", "tag"}}};
constexpr std::string_view kLevel = ".lvl";

template <class Column>
const Column* by_name(const std::vector<Column>& columns, std::string_view name) noexcept {
  const auto found =
      std::lower_bound(columns.begin(), columns.end(), name,
                       [](const Column& column, std::string_view n) { return column.name < n; });
  return found != columns.end() && found->name == name ? &*found : nullptr;
}

std::string small_letters(std::string_view name) {
  std::string made(name);
  for (char& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return made;
}

}  // namespace

std::string_view other_name(std::string_view name) noexcept {
  const auto found = std::lower_bound(
      kOtherNames.begin(), kOtherNames.end(), name,
      [](const OtherName& entry, std::string_view wanted) { return entry.first < wanted; });
  return found != kOtherNames.end() && found->first == name ? found->second : std::string_view();
}

std::pair<Ordinal, Ordinal> NumberColumn::between(double low, double high) const noexcept {
  if (!(low <= high)) return {0, 0};
  const auto first = std::lower_bound(values.begin(), values.end(), low);
  const auto end = std::upper_bound(first, values.end(), high);
  return {static_cast<Ordinal>(first - values.begin()), static_cast<Ordinal>(end - values.begin())};
}

std::size_t NumberColumn::memory_bytes() const noexcept {
  return sizeof(*this) + name.capacity() + values.capacity() * sizeof(double) +
         ordinals.memory_bytes() - sizeof(ordinals);
}

std::size_t TextColumn::memory_bytes() const noexcept {
  return sizeof(*this) + name.capacity() + dictionary.memory_bytes() + depths.capacity() +
         ordinals.memory_bytes() - sizeof(ordinals);
}

const TextColumn* Columns::text(std::string_view name) const noexcept {
  return by_name(texts_, name);
}
const NumberColumn* Columns::number(std::string_view name) const noexcept {
  return by_name(numbers_, name);
}

Attribute Columns::exactly(std::string_view name) const noexcept {
  Attribute found{text(name), number(name), -1};
  if (found) return found;
  const std::size_t at = name.rfind(kLevel);
  if (at == std::string_view::npos || name.size() != at + kLevel.size() + 1) return found;
  const char level = name.back();
  const TextColumn* const column = text(name.substr(0, at));
  if (level < '0' || level > '9' || column == nullptr || !column->hierarchical) return found;
  return {column, nullptr, level - '0'};
}

Attribute Columns::find(std::string_view name) const {
  if (const Attribute found = exactly(name)) return found;
  std::string small = small_letters(name);
  if (const Attribute found = exactly(small)) return found;
  for (const std::string_view folder : {"attributes.", "options."}) {
    if (const Attribute found = exactly(std::string(folder) + std::string(name))) return found;
    if (const Attribute found = exactly(std::string(folder) + small)) return found;
  }
  // "category.lvl0" is "categories.lvl0".
  const std::size_t dot = std::min(name.find(kLevel), name.size());
  const std::string_view other = other_name(name.substr(0, dot));
  if (other.empty()) return {};
  return exactly(std::string(other) + std::string(name.substr(dot)));
}

std::size_t Columns::memory_bytes() const noexcept {
  std::size_t bytes = sizeof(*this) + places_.memory_bytes() + groups_.memory_bytes();
  for (const TextColumn& column : texts_)
    bytes += column.memory_bytes();
  for (const NumberColumn& column : numbers_)
    bytes += column.memory_bytes();
  return bytes;
}

}  // namespace souk::search
