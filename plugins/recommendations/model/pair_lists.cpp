#include "plugins/recommendations/model/pair_lists.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kPlainCells = 3;  // item, count, last
// Of a full list, when a pair must give way; the first to end of so many ends early enough.
constexpr std::uint32_t kLookedAt = 16;
constexpr int kListReadAttempts = 4;
}  // namespace

PairLists::PairLists(std::uint32_t max_items, std::uint32_t per_item, std::uint32_t sums)
    : per_item_(std::clamp(per_item, 1u, kMostPartners)),
      sums_(std::min(sums, kMostSums)),
      cells_per_pair_(kPlainCells + sums_),
      items_(max_items),
      // Twice the full lists leaves room for smaller blocks that wait for re-use.
      cells_(std::max<std::size_t>(std::size_t{max_items} * per_item_ * cells_per_pair_ * 2,
                                   std::size_t{1} << 17)) {}

std::uint64_t PairLists::pack(const Header& h) {
  return std::uint64_t{h.offset} | std::uint64_t{h.size_class} << 32 | std::uint64_t{h.used} << 36 |
         std::uint64_t{h.version & 0xffff} << 48;
}
PairLists::Header PairLists::unpack(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32 & 0xf),
          static_cast<std::uint32_t>(word >> 36 & 0xfff), static_cast<std::uint32_t>(word >> 48)};
}

PairLists::Block PairLists::block_of(const Header& h) const {
  BlockArena::Cell* items = cells_.cells(h.offset);
  return {items, items + BlockArena::class_cells(h.size_class) / cells_per_pair_};
}

PairLists::Pair PairLists::load_pair(const Block& block, std::uint32_t place) const {
  const auto* cell = rest_of(block, place);
  Pair pair{block.items[place].load(std::memory_order_acquire),
            cell[0].load(std::memory_order_acquire),
            cell[1].load(std::memory_order_acquire),
            {}};
  for (std::uint32_t i = 0; i < sums_; ++i)
    pair.sums[i] = std::bit_cast<float>(cell[2 + i].load(std::memory_order_acquire));
  return pair;
}

void PairLists::store_pair(const Block& block, std::uint32_t place, const Pair& pair) {
  auto* cell = rest_of(block, place);
  block.items[place].store(pair.item, std::memory_order_release);
  cell[0].store(pair.count, std::memory_order_release);
  cell[1].store(pair.last, std::memory_order_release);
  for (std::uint32_t i = 0; i < sums_; ++i)
    cell[2 + i].store(std::bit_cast<std::uint32_t>(pair.sums[i]), std::memory_order_release);
}

std::uint32_t PairLists::room(const Header& h) const {
  if (h.used == 0) return 0;
  return std::min(BlockArena::class_cells(h.size_class) / cells_per_pair_, per_item_);
}

std::uint32_t PairLists::find_place(const Header& h, ItemId partner) const {
  const auto* items = h.used == 0 ? nullptr : cells_.cells(h.offset);
  std::uint32_t place = 0;
  while (place < h.used && items[place].load(std::memory_order_relaxed) != partner)
    ++place;
  return place;
}

void PairLists::meet(ItemId item, ItemId partner, std::uint32_t clock,
                     const std::array<float, kMostSums>& add) {
  Word& word = items_[item];
  Header h = unpack(word.load(std::memory_order_relaxed));
  if (const std::uint32_t place = find_place(h, partner); place < h.used) {
    const Block block = block_of(h);
    Pair pair = load_pair(block, place);
    ++pair.count;
    pair.last = clock;
    for (std::uint32_t i = 0; i < sums_; ++i)
      pair.sums[i] += add[i];
    store_pair(block, place, pair);
    return;
  }
  const Pair pair{partner, 1, clock, add};
  if (h.used == 1 && load_pair(block_of(h), 0).count == 0) {
    return store_over(word, h, 0, pair);  // it was taken back whole
  }
  if (h.used == room(h) && (h.used == per_item_ || !grow(word, h))) {
    if (h.used > 0) store_over(word, h, place_to_give(h, partner), pair);
    if (h.used > 0) replaced_.store(replaced() + 1, std::memory_order_release);
    return;
  }
  store_pair(block_of(h), h.used, pair);
  ++h.used;
  word.store(pack(h), std::memory_order_release);
}

bool PairLists::grow(Word& word, Header& h) {
  constexpr std::uint32_t kFirstPairs = 2;
  Header wider = h;
  wider.size_class =
      h.used == 0 ? BlockArena::class_for(kFirstPairs * cells_per_pair_) : h.size_class + 1;
  wider.offset = cells_.allocate(wider.size_class);
  if (wider.offset == BlockArena::kNone) return false;
  if (h.used > 0) {
    const Block from = block_of(h), to = block_of(wider);
    for (std::uint32_t place = 0; place < h.used; ++place)
      store_pair(to, place, load_pair(from, place));
    word.store(pack(wider), std::memory_order_release);
    cells_.release(h.offset, h.size_class);
  }
  h = wider;
  return true;
}

// The version is odd while the cells change, and moves on: a reader of mixed cells reads again.
void PairLists::store_over(Word& word, Header h, std::uint32_t place, const Pair& pair) {
  ++h.version;
  word.store(pack(h), std::memory_order_release);
  store_pair(block_of(h), place, pair);
  ++h.version;
  word.store(pack(h), std::memory_order_release);
}

std::uint32_t PairLists::place_to_give(const Header& h, ItemId partner) const {
  const Block block = block_of(h);
  const std::uint32_t looked_at = std::min(h.used, kLookedAt);
  std::uint32_t place = (partner * 0x9e3779b1u) % h.used, victim = place;
  std::uint32_t first_end = 0xffffffff;
  for (std::uint32_t i = 0; i < looked_at; ++i) {
    const auto* cell = rest_of(block, place);
    const std::uint32_t count = cell[0].load(std::memory_order_relaxed) | 1u;
    const auto doublings = static_cast<std::uint32_t>(std::bit_width(count)) - 1;
    const std::uint32_t end = cell[1].load(std::memory_order_relaxed) + doublings * 2 * per_item_;
    const bool earlier = end < first_end;
    first_end = earlier ? end : first_end;
    victim = earlier ? place : victim;
    ++place;
    place = place == h.used ? 0 : place;
  }
  return victim;
}

void PairLists::take_back(ItemId item, ItemId partner) {
  if (!items_.has(item)) return;
  Word& word = items_[item];
  Header h = unpack(word.load(std::memory_order_relaxed));
  const std::uint32_t place = find_place(h, partner);
  if (place == h.used) return;
  const Block block = block_of(h);
  Pair pair = load_pair(block, place);
  if (pair.count > 1) {
    for (std::uint32_t i = 0; i < sums_; ++i)  // what it added is not known: the mean stays
      pair.sums[i] -= pair.sums[i] / static_cast<float>(pair.count);
    --pair.count;
    store_pair(block, place, pair);
    return;
  }
  if (h.used == 1) {  // a list that is not empty keeps its block: the pair stays, without meetings
    pair.count = 0;
    pair.sums = {};
    store_pair(block, place, pair);
    return;
  }
  ++h.version;
  word.store(pack(h), std::memory_order_release);
  store_pair(block, place, load_pair(block, h.used - 1));
  ++h.version;
  --h.used;
  word.store(pack(h), std::memory_order_release);
}

template <class Load>
std::uint32_t PairLists::read_all(ItemId item, Load&& load) const {
  if (!items_.has(item)) return 0;
  const Word& word = items_[item];
  for (int attempt = 0; attempt < kListReadAttempts; ++attempt) {
    const Header h = unpack(word.load(std::memory_order_acquire));
    if (h.used == 0) return 0;
    if ((h.version & 1) != 0) continue;  // a partner is being replaced
    const Block block = block_of(h);
    for (std::uint32_t place = 0; place < h.used; ++place)
      load(block, place);
    const Header now = unpack(word.load(std::memory_order_relaxed));
    if (now.offset == h.offset && now.version == h.version) return h.used;
  }
  return 0;
}

std::uint32_t PairLists::read(ItemId item, Pair* out) const {
  return read_all(
      item, [&](const Block& block, std::uint32_t place) { out[place] = load_pair(block, place); });
}

std::uint32_t PairLists::read_counts(ItemId item, Count* out) const {
  return read_all(item, [&](const Block& block, std::uint32_t place) {
    out[place] = {block.items[place].load(std::memory_order_acquire),
                  rest_of(block, place)->load(std::memory_order_acquire)};
  });
}

PairLists::Pair PairLists::find(ItemId item, ItemId partner) const {
  if (!items_.has(item)) return {};
  const Word& word = items_[item];
  for (int attempt = 0; attempt < kListReadAttempts; ++attempt) {
    const Header h = unpack(word.load(std::memory_order_acquire));
    if ((h.version & 1) != 0) continue;
    const std::uint32_t place = find_place(h, partner);
    const Pair pair = place == h.used ? Pair{} : load_pair(block_of(h), place);
    const Header now = unpack(word.load(std::memory_order_acquire));
    if (now.offset != h.offset || now.version != h.version) continue;
    return pair.item == partner ? pair : Pair{};
  }
  return {};
}

std::size_t PairLists::memory_bytes() const {
  return items_.memory_bytes() + cells_.memory_bytes();
}

void PairLists::save(ItemId item, SnapshotWriter& out) const {
  std::array<Pair, kMostPartners> pairs;
  const std::uint32_t count = read(item, pairs.data());
  out.u32(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    out.u32(pairs[i].item);
    out.u32(pairs[i].count);
    out.u32(pairs[i].last);
    for (std::uint32_t sum = 0; sum < sums_; ++sum)
      out.f64(static_cast<double>(pairs[i].sums[sum]));
  }
}

void PairLists::load(ItemId item, std::uint32_t max_items, SnapshotReader& in) {
  const std::uint32_t count = in.count(kMostPartners, "an item's partners");
  std::vector<Pair> pairs;
  for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
    Pair pair;
    pair.item = in.count(max_items - 1, "a partner");
    pair.count = in.u32();
    pair.last = in.u32();
    for (std::uint32_t sum = 0; sum < sums_; ++sum) {
      pair.sums[sum] = static_cast<float>(in.f64());
      if (in.ok() && !std::isfinite(pair.sums[sum])) in.fail("a pair's sums are not numbers");
    }
    if (in.ok() && pair.count == 0 && count > 1) in.fail("a pair that never met");
    pairs.push_back(pair);
  }
  if (!in.ok()) return;
  if (!items_.ensure(item)) return in.fail("there is no memory for its items");
  if (pairs.size() > per_item_) {
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.count > b.count; });
    pairs.resize(per_item_);
  }
  Word& word = items_[item];
  Header h{0, 0, 0, 0};
  for (const Pair& pair : pairs) {
    if (h.used == room(h) && !grow(word, h)) return in.fail("there is no memory for its items");
    store_pair(block_of(h), h.used, pair);
    ++h.used;
  }
  word.store(pack(h), std::memory_order_release);
}

}  // namespace souk::recommendations
