#include "plugins/search/model/dictionary.hpp"

#include <algorithm>
#include <numeric>

#include "plugins/search/model/value_text.hpp"

namespace souk::search {

Dictionary Dictionary::build(const std::vector<std::string_view>& values,
                             std::vector<Ordinal>& order) {
  // Folding may make a value longer (ligatures): what it does is kept once, for sorting and for
  // good.
  std::vector<std::string> folded(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    fold_value(values[i], folded[i]);
  std::vector<std::uint32_t> sorted(values.size());
  std::iota(sorted.begin(), sorted.end(), 0U);
  std::sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int compared = folded[a].compare(folded[b]);
    return compared != 0 ? compared < 0 : values[a] < values[b];
  });

  Dictionary made;
  made.entries_.reserve(values.size());
  order.assign(values.size(), 0);
  for (const std::uint32_t from : sorted) {
    order[from] = static_cast<Ordinal>(made.entries_.size());
    Entry entry;
    entry.value = static_cast<std::uint32_t>(made.bytes_.size());
    entry.value_size = static_cast<std::uint16_t>(values[from].size());
    made.bytes_ += values[from];
    entry.folded = entry.value;
    entry.folded_size = entry.value_size;
    if (folded[from] != values[from]) {
      entry.folded = static_cast<std::uint32_t>(made.bytes_.size());
      entry.folded_size =
          static_cast<std::uint16_t>(std::min<std::size_t>(folded[from].size(), 0xffff));
      made.bytes_ += folded[from];
    }
    made.entries_.push_back(entry);
  }
  made.bytes_.shrink_to_fit();
  return made;
}

std::pair<Ordinal, Ordinal> Dictionary::find_folded(std::string_view wanted) const {
  const auto first = std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return std::string_view(bytes_).substr(e.folded, e.folded_size) < wanted;
  });
  auto end = first;
  while (end != entries_.end() &&
         std::string_view(bytes_).substr(end->folded, end->folded_size) == wanted)
    ++end;
  return {static_cast<Ordinal>(first - entries_.begin()),
          static_cast<Ordinal>(end - entries_.begin())};
}

std::pair<Ordinal, Ordinal> Dictionary::find_prefix(std::string_view wanted) const {
  const auto head = [&](const Entry& e) {
    return std::string_view(bytes_).substr(e.folded, e.folded_size).substr(0, wanted.size());
  };
  const auto first = std::partition_point(entries_.begin(), entries_.end(),
                                          [&](const Entry& e) { return head(e) < wanted; });
  const auto end = std::partition_point(first, entries_.end(),
                                        [&](const Entry& e) { return head(e) == wanted; });
  return {static_cast<Ordinal>(first - entries_.begin()),
          static_cast<Ordinal>(end - entries_.begin())};
}

Ordinal Dictionary::find(std::string_view wanted) const {
  const auto [first, end] = find_folded(folded_value(wanted));
  for (Ordinal ordinal = first; ordinal < end; ++ordinal) {
    if (value(ordinal) == wanted) return ordinal;
  }
  return Ordinals::kNone;
}

}  // namespace souk::search
