#include "plugins/search/model/distinct.hpp"

#include <algorithm>
#include <bit>

namespace souk::search {

void GroupTally::reset(std::size_t expected) {
  slots_.assign(std::bit_ceil(std::max<std::size_t>(expected, 16) * 2), Slot());
  used_ = 0;
}

// Keys are hashes already.
std::size_t GroupTally::place(std::uint64_t key) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(key) & mask;
  while (slots_[at].key != 0 && slots_[at].key != key)
    at = (at + 1) & mask;
  return at;
}

void GroupTally::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.key != 0) slots_[place(slot.key)] = slot;
  }
}

std::uint32_t GroupTally::add(std::uint64_t key) {
  if (key == 0) return 1;
  if (slots_.empty()) reset();
  if (used_ * 2 >= slots_.size()) grow();
  Slot& slot = slots_[place(key)];
  if (slot.key == 0) {
    slot.key = key;
    ++used_;
  }
  return ++slot.count;
}

std::uint32_t GroupTally::count(std::uint64_t key) const noexcept {
  if (key == 0) return 1;
  return slots_.empty() ? 0 : slots_[place(key)].count;
}

std::uint64_t tally_groups(std::span<const FoundIn> segments, std::uint32_t per_group,
                           GroupTally& tally) {
  std::size_t found_in_all = 0;
  for (const FoundIn& found : segments)
    found_in_all += found.matches;
  // Room for most of them at once: growing would move every group several times.
  tally.reset(std::min<std::size_t>(found_in_all, 1U << 16));
  std::uint64_t hits = 0;
  for (const FoundIn& found : segments) {
    const Groups& groups = found.view.columns->groups();
    if (!groups.any()) {
      hits += found.matches;
      continue;
    }
    found.docs->for_each(
        [&](DocId doc) { hits += tally.add(groups.key(doc)) <= per_group ? 1 : 0; });
  }
  return hits;
}

void keep_distinct(std::span<const FoundIn> segments, std::uint32_t per_group, GroupTally& tally,
                   std::vector<DocRef>& ranked) {
  tally.reset(ranked.size());
  std::erase_if(ranked, [&](const DocRef& ref) {
    return tally.add(segments[ref.segment].view.columns->groups().key(ref.doc)) > per_group;
  });
}

void sort_distinct(const SortRequest& request, std::span<const FoundIn> segments,
                   std::uint32_t per_group, std::uint64_t offset, std::uint32_t limit,
                   GroupTally& tally, std::vector<DocRef>& out) {
  out.clear();
  std::uint64_t total = 0;
  for (const FoundIn& found : segments)
    total += found.matches;
  if (offset >= total || limit == 0) return;
  const std::uint64_t need = offset + std::min<std::uint64_t>(limit, total - offset);
  // Groups are small: twice as many as are needed will do, or twice that.
  for (std::uint64_t want = need * 2;; want *= 2) {
    want = std::min(want, total);
    sort_found(request, segments, 0,
               static_cast<std::uint32_t>(std::min<std::uint64_t>(want, 0xffffffff)), out);
    keep_distinct(segments, per_group, tally, out);
    if (out.size() >= need || want == total) break;
  }
  if (out.size() > need) out.resize(need);
  out.erase(out.begin(),
            out.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, out.size())));
}

}  // namespace souk::search
