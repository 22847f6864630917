#include "plugins/recommendations/model/co_purchase.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kMostPartners = 1024;
constexpr std::uint32_t kMostOrderItems = 1000;
constexpr std::size_t kMostBought = 64;
constexpr int kReadAttempts = 4;

template <class Settings, class Visit>
void for_each_setting(Settings& s, Visit&& visit) {
  visit("max_items", s.max_items, 1u, 1u << 28);
  visit("partners_per_item", s.partners_per_item, 4u, kMostPartners);
  visit("order_items", s.order_items, 2u, kMostOrderItems);
  visit("min_support", s.min_support, 1u, 10'000u);
  visit("shrinkage", s.shrinkage, 0.0, 10'000.0);
  visit("min_significance", s.min_significance, 0.0, 1000.0);
  visit("popularity_correction", s.popularity_correction, 0.0, 1.0);
}

CoPurchaseSettings in_range(CoPurchaseSettings settings) {
  for_each_setting(settings, [](const char*, auto& value, auto low, auto high) {
    if (!(value >= low)) value = low;
    if (value > high) value = high;
  });
  return settings;
}

void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_release);
}

// k · log(k N / (row · column)), the cell's share of G²/2.
double g_term(double k, double row, double column, double all) {
  return k > 0 ? k * std::log(k * all / (row * column)) : 0;
}
}  // namespace

Status validate(const CoPurchaseSettings& settings) {
  Status first;
  for_each_setting(settings, [&](const char* name, const auto& value, auto low, auto high) {
    if (!first.ok() || (value >= low && value <= high)) return;
    first = Status(Code::invalid_argument,
                   std::string(name) + " is " + std::to_string(value) + ", allowed is " +
                       std::to_string(low) + " to " + std::to_string(high),
                   name);
  });
  return first;
}

CoPurchase::CoPurchase(const CoPurchaseSettings& settings)
    : settings_(in_range(settings)),
      items_(settings_.max_items),
      // Twice the full lists leaves room for smaller blocks that wait for re-use.
      cells_(std::max<std::size_t>(
          std::size_t{settings_.max_items} * settings_.partners_per_item * kCellsPerPair * 2,
          std::size_t{1} << 17)) {}

std::uint64_t CoPurchase::pack(const Header& h) {
  return std::uint64_t{h.offset} | std::uint64_t{h.size_class} << 32 | std::uint64_t{h.used} << 36 |
         std::uint64_t{h.version & 0xffff} << 48;
}
CoPurchase::Header CoPurchase::unpack(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32 & 0xf),
          static_cast<std::uint32_t>(word >> 36 & 0xfff), static_cast<std::uint32_t>(word >> 48)};
}

void CoPurchase::observe_order(std::span<const ItemId> items) {
  std::array<ItemId, kMostOrderItems> distinct;
  std::uint32_t size = 0;
  std::uint64_t dropped = 0;
  for (const ItemId item : items) {
    if (std::find(distinct.begin(), distinct.begin() + size, item) != distinct.begin() + size) {
      continue;
    }
    if (item >= settings_.max_items || size == settings_.order_items || !items_.ensure(item)) {
      ++dropped;
      continue;
    }
    distinct[size++] = item;
  }
  if (dropped > 0) add(dropped_lines_, dropped);
  if (size == 0) return;
  add(orders_, 1);
  for (std::uint32_t i = 0; i < size; ++i) {
    auto& count = items_[distinct[i]].orders;
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    items_end_ = std::max(items_end_, distinct[i] + 1);
  }
  for (std::uint32_t i = 0; i < size; ++i) {
    for (std::uint32_t j = 0; j < size; ++j) {
      if (i != j) add_pair(distinct[i], distinct[j]);
    }
  }
}

CoPurchase::Pair CoPurchase::load_pair(const BlockArena::Cell* cell) {
  return {cell[0].load(std::memory_order_acquire), cell[1].load(std::memory_order_acquire),
          cell[2].load(std::memory_order_acquire)};
}

void CoPurchase::store_pair(BlockArena::Cell* cell, const Pair& pair) {
  cell[0].store(pair.item, std::memory_order_release);
  cell[1].store(pair.count, std::memory_order_release);
  cell[2].store(pair.last, std::memory_order_release);
}

std::uint32_t CoPurchase::room(const Header& h) const {
  if (h.used == 0) return 0;
  return std::min(BlockArena::class_cells(h.size_class) / kCellsPerPair,
                  settings_.partners_per_item);
}

void CoPurchase::add_pair(ItemId item, ItemId partner) {
  Item& entry = items_[item];
  Header h = unpack(entry.header.load(std::memory_order_relaxed));
  const std::uint32_t now = entry.orders.load(std::memory_order_relaxed);
  auto* cell = h.used == 0 ? nullptr : cells_.cells(h.offset);
  for (std::uint32_t i = 0; i < h.used; ++i, cell += kCellsPerPair) {
    if (cell[0].load(std::memory_order_relaxed) != partner) continue;
    cell[1].store(cell[1].load(std::memory_order_relaxed) + 1, std::memory_order_release);
    cell[2].store(now, std::memory_order_release);
    return;
  }
  if (h.used == room(h) && (h.used == settings_.partners_per_item || !grow(entry, h))) {
    if (h.used > 0) replace_one(entry, h, partner);
    return;
  }
  store_pair(cells_.cells(h.offset) + std::size_t{h.used} * kCellsPerPair, {partner, 1, now});
  ++h.used;
  entry.header.store(pack(h), std::memory_order_release);
}

bool CoPurchase::grow(Item& entry, Header& h) {
  constexpr std::uint32_t kFirstPairs = 2;
  Header wider = h;
  wider.size_class =
      h.used == 0 ? BlockArena::class_for(kFirstPairs * kCellsPerPair) : h.size_class + 1;
  wider.offset = cells_.allocate(wider.size_class);
  if (wider.offset == BlockArena::kNone) return false;
  if (h.used > 0) {
    const auto* from = cells_.cells(h.offset);
    auto* to = cells_.cells(wider.offset);
    for (std::uint32_t i = 0; i < h.used * kCellsPerPair; ++i) {
      to[i].store(from[i].load(std::memory_order_relaxed), std::memory_order_release);
    }
    entry.header.store(pack(wider), std::memory_order_release);
    cells_.release(h.offset, h.size_class);
  }
  h = wider;
  return true;
}

// The version is odd while the cells change, and moves on: a reader of mixed cells reads again.
void CoPurchase::replace_one(Item& entry, Header h, ItemId partner) {
  auto* cells = cells_.cells(h.offset);
  auto* victim = cells;
  std::uint64_t first_end = ~std::uint64_t{0};
  for (std::uint32_t i = 0; i < h.used; ++i) {
    auto* cell = cells + std::size_t{i} * kCellsPerPair;
    const Pair pair = load_pair(cell);
    const auto doublings = static_cast<std::uint64_t>(std::bit_width(pair.count)) - 1;
    const std::uint64_t end = pair.last + doublings * 2 * settings_.partners_per_item;
    if (end < first_end) {
      first_end = end;
      victim = cell;
    }
  }
  ++h.version;
  entry.header.store(pack(h), std::memory_order_release);
  store_pair(victim, {partner, 1, entry.orders.load(std::memory_order_relaxed)});
  ++h.version;
  entry.header.store(pack(h), std::memory_order_release);
  add(replaced_pairs_, 1);
}

std::uint32_t CoPurchase::orders_of(ItemId item) const {
  return items_.has(item) ? items_[item].orders.load(std::memory_order_acquire) : 0;
}

std::uint32_t CoPurchase::read_pairs(ItemId item, Pair* out) const {
  if (!items_.has(item)) return 0;
  const auto& word = items_[item].header;
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    const Header h = unpack(word.load(std::memory_order_acquire));
    if (h.used == 0) return 0;
    if ((h.version & 1) != 0) continue;  // a partner is being replaced
    const auto* cell = cells_.cells(h.offset);
    for (std::uint32_t i = 0; i < h.used; ++i, cell += kCellsPerPair) {
      out[i] = load_pair(cell);
    }
    const Header now = unpack(word.load(std::memory_order_relaxed));
    if (now.offset == h.offset && now.version == h.version) return h.used;
  }
  return 0;
}

Partner CoPurchase::weigh(ItemId item, double orders_of_item, double all, const Pair& pair) const {
  Partner partner;
  partner.item = pair.item;
  partner.because = item;
  partner.support = pair.count;
  const auto both = static_cast<double>(partner.support);
  const double with = std::max<double>(orders_of_item, both);
  const double theirs = std::max<double>(orders_of(pair.item), both);
  const double total = std::max(all, with + theirs - both);
  const double chance = theirs / total;
  partner.confidence = (both + settings_.shrinkage * chance) / (with + settings_.shrinkage);
  partner.lift = partner.confidence / chance;
  const double neither = total - with - theirs + both;
  partner.significance =
      2 * (g_term(both, with, theirs, total) + g_term(with - both, with, total - theirs, total) +
           g_term(theirs - both, total - with, theirs, total) +
           g_term(neither, total - with, total - theirs, total));
  if (partner.support < settings_.min_support || !(both * total > with * theirs) ||
      !(partner.significance >= settings_.min_significance)) {
    return partner;  // with score 0: not shown
  }
  partner.score = (partner.confidence - chance) / std::pow(chance, settings_.popularity_correction);
  return partner;
}

void CoPurchase::partners(std::span<const ItemId> bought, std::size_t k, CoPurchaseScratch& scratch,
                          std::vector<Partner>& out) const {
  out.clear();
  std::array<ItemId, kMostBought> distinct;
  std::size_t size = 0;
  for (std::size_t i = 0; i < bought.size() && size < kMostBought; ++i) {
    const auto end = distinct.begin() + static_cast<std::ptrdiff_t>(size);
    if (std::find(distinct.begin(), end, bought[i]) == end) distinct[size++] = bought[i];
  }
  const auto end = distinct.begin() + static_cast<std::ptrdiff_t>(size);
  const auto all = static_cast<double>(orders());
  std::array<Pair, kMostPartners> pairs;
  scratch.sums.clear();
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint32_t count = read_pairs(distinct[i], pairs.data());
    const double with = orders_of(distinct[i]);
    for (std::uint32_t p = 0; p < count; ++p) {
      const Partner found = weigh(distinct[i], with, all, pairs[p]);
      if (!(found.score > 0) || std::find(distinct.begin(), end, found.item) != end) continue;
      auto& sum = scratch.sums[found.item];
      sum.score += found.score;
      if (found.score > sum.strongest.score) sum.strongest = found;
    }
  }
  for (const auto& [item, sum] : scratch.sums.entries()) {
    out.push_back(sum.strongest);
    out.back().score = sum.score;
  }
  const auto better = [](const Partner& a, const Partner& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  };
  const auto top = out.begin() + static_cast<std::ptrdiff_t>(std::min(k, out.size()));
  std::partial_sort(out.begin(), top, out.end(), better);
  out.erase(top, out.end());
}

std::size_t CoPurchase::memory_bytes() const {
  return items_.memory_bytes() + cells_.memory_bytes();
}

Status CoPurchase::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKCP", 1);
  out.u64(orders());
  out.u64(dropped_lines());
  out.u64(replaced_pairs());
  out.u32(items_end_);
  std::vector<Pair> pairs(kMostPartners);
  for (ItemId item = 0; item < items_end_; ++item) {
    const std::uint32_t count = read_pairs(item, pairs.data());
    out.u32(orders_of(item));
    out.u32(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      out.u32(pairs[i].item);
      out.u32(pairs[i].count);
      out.u32(pairs[i].last);
    }
  }
  return out.finish();
}

Status CoPurchase::load(ByteSource& source) {
  if (orders() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKCP", 1);
  const std::uint64_t orders = in.u64();
  dropped_lines_.store(in.u64(), std::memory_order_relaxed);
  replaced_pairs_.store(in.u64(), std::memory_order_relaxed);
  const std::uint32_t items = in.count(settings_.max_items, "the number of items (max_items)");
  for (ItemId item = 0; in.ok() && item < items; ++item)
    load_item(item, in);
  items_end_ = in.ok() ? items : 0;
  orders_.store(orders, std::memory_order_release);
  return in.finish();
}

void CoPurchase::load_item(ItemId item, SnapshotReader& in) {
  const std::uint32_t orders = in.u32();
  const std::uint32_t count = in.count(kMostPartners, "an item's partners");
  std::vector<Pair> pairs;
  for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
    Pair pair{};
    pair.item = in.count(settings_.max_items - 1, "a partner");
    pair.count = in.u32();
    pair.last = in.u32();
    if (in.ok() && pair.count == 0) in.fail("a pair that never met");
    pairs.push_back(pair);
  }
  if (!in.ok()) return;
  if (!items_.ensure(item)) return in.fail("there is no memory for its items");
  // With a smaller partners_per_item than it was saved with, the most frequent stay.
  if (pairs.size() > settings_.partners_per_item) {
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.count > b.count; });
    pairs.resize(settings_.partners_per_item);
  }
  Item& entry = items_[item];
  entry.orders.store(orders, std::memory_order_release);
  Header h{0, 0, 0, 0};
  for (const Pair& pair : pairs) {
    if (h.used == room(h) && !grow(entry, h)) return in.fail("there is no memory for its items");
    store_pair(cells_.cells(h.offset) + std::size_t{h.used} * kCellsPerPair, pair);
    ++h.used;
  }
  entry.header.store(pack(h), std::memory_order_release);
}

}  // namespace souk::recommendations
