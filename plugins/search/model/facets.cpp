#include "plugins/search/model/facets.hpp"

#include <algorithm>
#include <set>

#include "plugins/search/model/facets_texts.hpp"
#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

// The first `limit` in order, in place; the others are cut off.
template <class Entries, class Before>
void keep_first(Entries& entries, std::size_t limit, Before&& before) {
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(limit, entries.size()));
  std::partial_sort(entries.begin(), end, entries.end(), before);
  entries.erase(end, entries.end());
}

// Adds a segment's numbers with their counts, those of a price list in place of its own.
void add_numbers(const FoundIn& found, const NumberView& view, FacetScratch& scratch) {
  if (view.column != nullptr && view.override == nullptr) {
    view.column->ordinals.count(found.counted(), scratch.counts, scratch.ordinals);
    for (const OrdinalCount& entry : scratch.ordinals)
      scratch.numbers.emplace_back(view.column->values[entry.ordinal], entry.count);
    return;
  }
  scratch.docs = *found.docs;
  scratch.docs &= view.override->changed();
  scratch.docs.for_each(
      [&](DocId doc) { scratch.numbers.emplace_back(view.override->value(doc), 1); });
  if (view.column == nullptr) return;
  scratch.docs = *found.docs;
  scratch.docs.subtract(view.override->changed());
  view.column->ordinals.count({scratch.docs, scratch.docs.count()}, scratch.counts,
                              scratch.ordinals);
  for (const OrdinalCount& entry : scratch.ordinals)
    scratch.numbers.emplace_back(view.column->values[entry.ordinal], entry.count);
}

void add_ranges(const FacetRequest& request, const FoundIn& found, const NumberView& view,
                FacetScratch& scratch, Facet& out) {
  for (std::size_t i = 0; i < request.ranges.size(); ++i) {
    scratch.docs.reset(found.docs->size());
    view.add_between(request.ranges[i].first, request.ranges[i].second, scratch.docs);
    out.ranges[i] += scratch.docs.count_common(*found.docs);
  }
}

NumberView number_of(const FoundIn& found, const std::string& name) {
  NumberView view = found.view.number(found.view.columns->find(name).number);
  for (const NumberOverride* const override : found.view.overrides) {
    if (!view && override->attribute() == name) view.override = override;
  }
  return view;
}

void write_number_values(const FacetRequest& request, FacetScratch& scratch, Facet& out) {
  auto& numbers = scratch.numbers;
  out.distinct += numbers.size();
  const std::size_t room = request.limit - std::min<std::size_t>(request.limit, out.values.size());
  if (request.order == FacetOrder::count) {
    keep_first(numbers, room, [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
  } else if (numbers.size() > room) {
    numbers.resize(room);
  }
  for (const auto& [number, count] : numbers)
    out.values.push_back({number_text(number), count});
}

void count_numbers(const FacetRequest& request, std::span<const FoundIn> segments,
                   FacetScratch& scratch, Facet& out) {
  scratch.numbers.clear();
  out.ranges.assign(request.ranges.size(), 0);
  for (const FoundIn& found : segments) {
    const NumberView view = number_of(found, request.attribute);
    if (!view) continue;
    out.known = true;
    if (found.matches == 0) continue;
    add_numbers(found, view, scratch);
    add_ranges(request, found, view, scratch, out);
  }
  auto& numbers = scratch.numbers;
  if (numbers.empty()) return;
  // One segment without a price list comes sorted and merged.
  if (!std::is_sorted(numbers.begin(), numbers.end())) std::sort(numbers.begin(), numbers.end());
  FacetStatistics statistics{numbers.front().first, numbers.back().first, 0, 0};
  std::size_t kept = 0;
  for (const auto& [number, count] : numbers) {
    statistics.sum += number * static_cast<double>(count);
    statistics.count += count;
    if (kept != 0 && numbers[kept - 1].first == number)
      numbers[kept - 1].second += count;
    else
      numbers[kept++] = {number, count};
  }
  numbers.resize(kept);
  out.statistics = statistics;
  if (request.number_values) write_number_values(request, scratch, out);
}

}  // namespace

void list_documents(std::span<FoundIn> segments, std::vector<DocId>& memory) {
  memory.clear();
  std::size_t room = 0;
  for (const FoundIn& found : segments)
    room += found.matches < found.docs->size() / 4 ? found.matches : 0;
  memory.reserve(room);
  for (FoundIn& found : segments) {
    if (found.matches >= found.docs->size() / 4) continue;
    const std::size_t begin = memory.size();
    found.docs->for_each([&](DocId doc) { memory.push_back(doc); });
    found.listed = std::span(memory).subspan(begin);
  }
}

void count_facet(const FacetRequest& request, std::span<const FoundIn> segments,
                 FacetScratch& scratch, Facet& out) {
  out = Facet();
  out.attribute = request.attribute;
  FacetRequest bounded;
  const FacetRequest* asked = &request;
  if (request.limit > FacetRequest::kMostValues) {
    bounded = request;
    bounded.limit = FacetRequest::kMostValues;
    asked = &bounded;
  }
  count_texts(*asked, segments, scratch, out);
  count_numbers(*asked, segments, scratch, out);
}

std::vector<std::string> facet_attributes(std::span<const Columns* const> segments,
                                          std::size_t most) {
  std::set<std::string> names;
  for (const Columns* const columns : segments) {
    for (const TextColumn& column : columns->texts()) {
      if (column.facetable) names.insert(column.name);
      if (column.depths.empty()) continue;
      const unsigned deepest = *std::max_element(column.depths.begin(), column.depths.end());
      for (unsigned level = 0; level <= std::min(deepest, 9U); ++level)
        names.insert(column.name + ".lvl" + std::to_string(level));
    }
    for (const NumberColumn& column : columns->numbers())
      names.insert(column.name);
  }
  std::vector<std::string> made(names.begin(), names.end());
  if (made.size() > most) made.resize(most);
  return made;
}

}  // namespace souk::search
