#include "plugins/recommendations/model/co_purchase.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "plugins/recommendations/model/log_likelihood.hpp"
#include "plugins/recommendations/model/setting_ranges.hpp"

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kMostOrderItems = 1000;
constexpr std::size_t kMostBought = 64;

template <class Settings, class Visit>
void for_each_co_purchase_setting(Settings& s, Visit&& visit) {
  visit("max_items", s.max_items, 1u, 1u << 28);
  visit("partners_per_item", s.partners_per_item, 4u, PairLists::kMostPartners);
  visit("order_items", s.order_items, 2u, kMostOrderItems);
  visit("min_support", s.min_support, 1u, 10'000u);
  visit("shrinkage", s.shrinkage, 0.0, 10'000.0);
  visit("min_significance", s.min_significance, 0.0, 1000.0);
  visit("popularity_correction", s.popularity_correction, 0.0, 1.0);
}

constexpr auto kEachCoPurchaseSetting = [](auto& settings, auto&& visit) {
  for_each_co_purchase_setting(settings, visit);
};

void add_to(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_release);
}
}  // namespace

Status validate(const CoPurchaseSettings& settings) {
  return first_out_of_range(settings, kEachCoPurchaseSetting);
}

CoPurchase::CoPurchase(const CoPurchaseSettings& settings)
    : settings_(brought_into_range(settings, kEachCoPurchaseSetting)),
      orders_of_(settings_.max_items),
      pairs_(settings_.max_items, settings_.partners_per_item, 0) {}

void CoPurchase::observe_order(std::span<const ItemId> items) {
  std::array<ItemId, kMostOrderItems> distinct;
  std::uint32_t size = 0;
  std::uint64_t dropped = 0;
  for (const ItemId item : items) {
    if (std::find(distinct.begin(), distinct.begin() + size, item) != distinct.begin() + size) {
      continue;
    }
    if (item >= settings_.max_items || size == settings_.order_items || !orders_of_.ensure(item) ||
        !pairs_.ensure(item)) {
      ++dropped;
      continue;
    }
    distinct[size++] = item;
  }
  if (dropped > 0) add_to(dropped_lines_, dropped);
  if (size == 0) return;
  add_to(orders_, 1);
  for (std::uint32_t i = 0; i < size; ++i) {
    auto& count = orders_of_[distinct[i]];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    items_end_ = std::max(items_end_, distinct[i] + 1);
  }
  for (std::uint32_t i = 0; i < size; ++i) {
    for (std::uint32_t j = 0; j < size; ++j) {
      if (i != j) pairs_.meet(distinct[i], distinct[j], orders_of(distinct[i]));
    }
  }
}

void CoPurchase::extend_order(std::span<const ItemId> held, ItemId added) {
  if (added >= settings_.max_items || held.size() >= settings_.order_items ||
      !orders_of_.ensure(added) || !pairs_.ensure(added)) {
    return add_to(dropped_lines_, 1);
  }
  if (held.empty()) add_to(orders_, 1);
  auto& count = orders_of_[added];
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  items_end_ = std::max(items_end_, added + 1);
  for (const ItemId item : held) {
    // One that came into the cart unseen is in no order yet: it cannot be in a pair.
    if (item == added || orders_of(item) == 0 || !pairs_.ensure(item)) continue;
    pairs_.meet(item, added, orders_of(item));
    pairs_.meet(added, item, orders_of(added));
  }
}

void CoPurchase::take_back_order(std::span<const ItemId> items) {
  const auto lower = [](std::atomic<std::uint32_t>& count) {
    const std::uint32_t now = count.load(std::memory_order_relaxed);
    if (now > 0) count.store(now - 1, std::memory_order_release);
  };
  const std::size_t size = std::min<std::size_t>(items.size(), settings_.order_items);
  if (orders() == 0 || size == 0) return;
  orders_.store(orders() - 1, std::memory_order_release);
  for (std::size_t i = 0; i < size; ++i) {
    if (orders_of_.has(items[i])) lower(orders_of_[items[i]]);
    for (std::size_t j = 0; j < size; ++j) {
      if (i != j) pairs_.take_back(items[i], items[j]);
    }
  }
}

std::uint32_t CoPurchase::orders_of(ItemId item) const {
  return orders_of_.has(item) ? orders_of_[item].load(std::memory_order_acquire) : 0;
}

void CoPurchase::counts_of(ItemId item, std::vector<Together>& out) const {
  std::array<PairLists::Pair, PairLists::kMostPartners> pairs;
  const std::uint32_t count = pairs_.read(item, pairs.data());
  out.clear();
  for (std::uint32_t i = 0; i < count; ++i)
    out.push_back({pairs[i].item, pairs[i].count});
}

Partner CoPurchase::judge(ItemId item, const Together& met) const {
  return weigh(item, orders_of(item), static_cast<double>(orders()), {met.item, met.orders, 0});
}

Partner CoPurchase::weigh(ItemId item, double orders_of_item, double all,
                          const PairLists::Pair& pair) const {
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
  partner.significance = log_likelihood_ratio(both, with, theirs, total);
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
  std::array<PairLists::Pair, PairLists::kMostPartners> pairs;
  scratch.sums.clear();
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint32_t count = pairs_.read(distinct[i], pairs.data());
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
  return orders_of_.memory_bytes() + pairs_.memory_bytes();
}

Status CoPurchase::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKCP", 1);
  out.u64(orders());
  out.u64(dropped_lines());
  out.u64(replaced_pairs());
  out.u32(items_end_);
  for (ItemId item = 0; item < items_end_; ++item) {
    out.u32(orders_of(item));
    pairs_.save(item, out);
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
  pairs_.set_replaced(in.u64());
  const std::uint32_t items = in.count(settings_.max_items, "the number of items (max_items)");
  for (ItemId item = 0; in.ok() && item < items; ++item) {
    const std::uint32_t count = in.u32();
    if (!orders_of_.ensure(item)) {
      in.fail("there is no memory for its items");
      break;
    }
    orders_of_[item].store(count, std::memory_order_release);
    pairs_.load(item, settings_.max_items, in);
  }
  items_end_ = in.ok() ? items : 0;
  orders_.store(orders, std::memory_order_release);
  return in.finish();
}

}  // namespace souk::recommendations
