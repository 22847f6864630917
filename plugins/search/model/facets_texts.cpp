#include "plugins/search/model/facets_texts.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace souk::search {
namespace {

using Merged = FacetScratch::Merged;

/// One segment's counts of the text's values; false when the segment does not have the attribute.
bool count_one(const FoundIn& found, const Attribute& attribute, FacetScratch& scratch) {
  scratch.ordinals.clear();
  if (attribute.text == nullptr) return false;
  const TextColumn& column = *attribute.text;
  column.ordinals.count(found.counted(), scratch.counts, scratch.ordinals);
  if (attribute.level >= 0) {
    std::erase_if(scratch.ordinals, [&](const OrdinalCount& entry) {
      return column.depths[entry.ordinal] != attribute.level;
    });
  }
  return true;
}

/// Adds up what the segments have.
class TextMerger {
 public:
  TextMerger(const FacetRequest& request, FacetScratch& scratch, const TextColumn& base)
      : request_(request), scratch_(scratch), base_(base) {
    scratch_.merged.clear();
    scratch_.others.clear();
    if (scratch_.sums.size() < base.dictionary.size()) scratch_.sums.resize(base.dictionary.size());
  }

  /// What scratch.ordinals has, of `column`, when no other segment has values: a million of them
  /// are not added to anything.
  void take() {
    for (const OrdinalCount& entry : scratch_.ordinals)
      scratch_.merged.push_back({entry.count, entry.ordinal, 0});
    taken_ = true;
  }
  /// The same, to be added to those of others.
  void add(const TextColumn& column) {
    if (&column == &base_) {
      for (const OrdinalCount& entry : scratch_.ordinals)
        add(entry.ordinal, entry.count);
      return;
    }
    const std::vector<Ordinal>& places = scratch_.maps.of(column, base_);
    for (const OrdinalCount& entry : scratch_.ordinals) {
      const Ordinal place = places[entry.ordinal];
      if (place != Ordinals::kNone) {
        add(place, entry.count);
      } else {
        add_other(column.dictionary, entry);
      }
    }
  }

  void finish(Facet& out) {
    for (Merged& entry : scratch_.merged)
      entry.count = taken_ ? entry.count : std::exchange(scratch_.sums[entry.ordinal], 0);
    for (std::uint32_t i = 0; i < scratch_.others.size(); ++i)
      scratch_.merged.push_back({scratch_.others[i].count, Ordinals::kNone, i});
    out.distinct = scratch_.merged.size();
    out.exhaustive = !left_out_;
    if (request_.order == FacetOrder::alphabet) {
      keep_first([this](const Merged& a, const Merged& b) { return before(a, b); });
    } else {
      keep_first([this](const Merged& a, const Merged& b) {
        return a.count != b.count ? a.count > b.count : before(a, b);
      });
    }
    out.values.reserve(scratch_.merged.size());
    for (const Merged& entry : scratch_.merged)
      out.values.push_back({std::string(value(entry)), entry.count});
  }

 private:
  void add(Ordinal ordinal, std::uint32_t count) {
    std::uint32_t& sum = scratch_.sums[ordinal];
    if (sum == 0) scratch_.merged.push_back({0, ordinal, 0});
    sum += count;
  }
  void add_other(const Dictionary& dictionary, const OrdinalCount& entry) {
    const std::string_view text = dictionary.value(entry.ordinal);
    const auto at = known_.find(text);
    if (at != known_.end()) {
      scratch_.others[at->second].count += entry.count;
    } else if (scratch_.others.size() < kMostMerged) {
      known_.emplace(text, static_cast<std::uint32_t>(scratch_.others.size()));
      scratch_.others.push_back({text, dictionary.folded(entry.ordinal), entry.count});
    } else {
      left_out_ = true;
    }
  }
  [[nodiscard]] std::string_view value(const Merged& entry) const {
    return entry.ordinal != Ordinals::kNone ? base_.dictionary.value(entry.ordinal)
                                            : scratch_.others[entry.other].value;
  }
  [[nodiscard]] std::string_view folded(const Merged& entry) const {
    return entry.ordinal != Ordinals::kNone ? base_.dictionary.folded(entry.ordinal)
                                            : scratch_.others[entry.other].folded;
  }
  [[nodiscard]] bool before(const Merged& a, const Merged& b) const {
    if (a.ordinal != Ordinals::kNone && b.ordinal != Ordinals::kNone) return a.ordinal < b.ordinal;
    const int order = folded(a).compare(folded(b));
    return order != 0 ? order < 0 : value(a) < value(b);
  }
  /// The first `limit` in order, in place; the others are cut off.
  template <class Before>
  void keep_first(Before&& before) {
    auto& entries = scratch_.merged;
    const std::size_t limit = std::min<std::size_t>(request_.limit, entries.size());
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(limit);
    // A heap is quickest for few, and for many slower than a sort of the best.
    if (limit * 8 < entries.size()) {
      std::partial_sort(entries.begin(), end, entries.end(), before);
    } else {
      if (end != entries.end()) std::nth_element(entries.begin(), end, entries.end(), before);
      std::sort(entries.begin(), end, before);
    }
    entries.erase(end, entries.end());
  }

  const FacetRequest& request_;
  FacetScratch& scratch_;
  const TextColumn& base_;
  std::unordered_map<std::string_view, std::uint32_t> known_;  ///< in scratch_.others
  bool left_out_ = false;
  bool taken_ = false;
};

}  // namespace

const std::vector<Ordinal>& OrdinalMaps::of(const TextColumn& from, const TextColumn& into) {
  const auto [at, added] = maps_.try_emplace({from.id, into.id});
  if (!added) return at->second;
  const Dictionary& source = from.dictionary;
  const Dictionary& target = into.dictionary;
  if (kept_ > 0 && kept_ + source.size() > kMostKept) {
    maps_.clear();
    kept_ = 0;
    return of(from, into);
  }
  kept_ += source.size();
  std::vector<Ordinal>& made = at->second;
  made.resize(source.size(), Ordinals::kNone);
  for (Ordinal ordinal = 0; ordinal < source.size(); ++ordinal) {
    const auto [first, end] = target.find_folded(source.folded(ordinal));
    for (Ordinal place = first; place < end; ++place) {
      if (target.value(place) == source.value(ordinal)) made[ordinal] = place;
    }
  }
  return made;
}

void count_texts(const FacetRequest& request, std::span<const FoundIn> segments,
                 FacetScratch& scratch, Facet& out) {
  const TextColumn* base = nullptr;
  std::size_t having = 0;
  for (const FoundIn& found : segments) {
    const Attribute attribute = found.view.columns->find(request.attribute);
    if (attribute) out.known = true;
    if (attribute.text == nullptr || found.matches == 0) continue;
    ++having;
    const std::uint32_t values = attribute.text->dictionary.size();
    if (base == nullptr || values > base->dictionary.size()) base = attribute.text;
  }
  if (base == nullptr) return;
  TextMerger merger(request, scratch, *base);
  for (const FoundIn& found : segments) {
    const Attribute attribute = found.view.columns->find(request.attribute);
    if (having == 1 && (attribute.text != base || found.matches == 0)) continue;
    if (!count_one(found, attribute, scratch)) continue;
    having == 1 ? merger.take() : merger.add(*attribute.text);
  }
  merger.finish(out);
}

}  // namespace souk::search
