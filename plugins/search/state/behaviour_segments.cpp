// Sizes that shoppers keep, and the segments they are in.
#include <algorithm>

#include "plugins/search/state/behaviour.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kMostSizesKept = 16;
constexpr std::size_t kMostSegmentsKept = 8;

}  // namespace

std::uint64_t segment_key(std::uint64_t query, std::uint64_t segment) {
  // Keys must be well mixed: the finaliser of splitmix64.
  std::uint64_t key = query ^ (segment * 0x9E3779B97F4A7C15U);
  key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9U;
  key = (key ^ (key >> 27)) * 0x94D049BB133111EBU;
  return key ^ (key >> 31);
}

int Person::fits(const ProductFacts& facts) const {
  if (!facts.sizes.any) return 0;
  const std::uint64_t kind = size_kind(facts);
  float most = 0;
  for (const SizeTaste& each : sizes) {
    if (each.kind == kind) most = std::max(most, each.weight);
  }
  if (most <= 0) return 0;
  // Many people are between two sizes.
  const bool there = std::any_of(sizes.begin(), sizes.end(), [&](const SizeTaste& each) {
    return each.kind == kind && 2 * each.weight >= most && facts.sizes.has(each.size);
  });
  return there ? 1 : -1;
}

void Behaviour::sized(const Who& who, std::uint64_t kind, std::uint16_t size, bool kept) {
  if (!who.personal || who.shopper == 0 || size == 0) return;
  auto person = open_person(who.shopper);
  auto& sizes = person->sizes;
  auto at = std::find_if(sizes.begin(), sizes.end(), [&](const SizeTaste& taste) {
    return taste.kind == kind && taste.size == size;
  });
  if (at == sizes.end()) {
    if (sizes.size() >= kMostSizesKept) sizes.erase(sizes.begin());
    at = sizes.insert(sizes.end(), SizeTaste{kind, size, 0});
  }
  // What came back was no proof, and a little the contrary.
  at->weight += kept ? 1.0F : -1.25F;
  person->seen_us = std::max(person->seen_us, who.now_us);
  close_person(who.shopper, std::move(person));
}

void Behaviour::in_segment(const Who& who, std::uint64_t segment, bool inside) {
  if (!who.personal || who.shopper == 0 || segment == 0) return;
  if (!inside && people_.find(who.shopper) == nullptr) return;
  auto person = open_person(who.shopper);
  std::erase(person->segments, segment);
  if (inside) {
    if (person->segments.size() >= kMostSegmentsKept)
      person->segments.erase(person->segments.begin());
    person->segments.push_back(segment);
  }
  person->seen_us = std::max(person->seen_us, who.now_us);
  close_person(who.shopper, std::move(person));
}

/// A tenth goes at once, those first that were used longest ago.
void Behaviour::limit_segments() {
  if (segments_.size() <= limits_.max_queries) return;
  std::vector<std::pair<std::int64_t, std::uint64_t>> all;
  all.reserve(segments_.size());
  segments_.for_each(
      [&](std::uint64_t key, const QueryEntry& entry) { all.emplace_back(entry.at_us, key); });
  const std::size_t out = all.size() - limits_.max_queries + limits_.max_queries / 10;
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(out - 1), all.end());
  for (std::size_t i = 0; i < out; ++i)
    segments_.erase(all[i].second);
  queries_dropped_ += out;
}

}  // namespace souk::search
