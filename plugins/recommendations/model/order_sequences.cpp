#include "plugins/recommendations/model/order_sequences.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/recommendations/model/log_likelihood.hpp"
#include "plugins/recommendations/model/setting_ranges.hpp"

namespace souk::recommendations {
namespace {
constexpr double kDayS = 86'400;
constexpr double kShortestDays = 1.0 / 24;
// Of the log of days: a lag is never surer than the first, and with few pairs it is the second.
constexpr double kNarrowest = 0.15;
constexpr double kPriorSpread = 0.7;
constexpr double kPriorPairs = 2;
constexpr double kFarOff = 2.5;  // standard deviations: not now

constexpr auto kEachSequenceSetting = [](auto& s, auto&& visit) {
  visit("max_items", s.max_items, 1u, 1u << 28);
  visit("successors_per_item", s.successors_per_item, 4u, PairLists::kMostPartners);
  visit("history_items", s.history_items, 1u, 512u);
  visit("order_items", s.order_items, 1u, 512u);
  visit("min_support", s.min_support, 1u, 10'000u);
  visit("min_significance", s.min_significance, 0.0, 1000.0);
  visit("min_direction", s.min_direction, 0.0, 100.0);
  visit("shrinkage", s.shrinkage, 0.0, 10'000.0);
};

void add_one(std::atomic<std::uint32_t>& count) {
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

const Purchase* find_purchase(std::span<const Purchase> items, ItemId item) {
  for (auto at = items.rbegin(); at != items.rend(); ++at) {
    if (at->item == item) return &*at;
  }
  return nullptr;
}

double days_between(std::uint32_t from_s, std::uint32_t to_s) {
  return (static_cast<double>(to_s) - static_cast<double>(from_s)) / kDayS;
}

// How far `log_days` is from the pair's usual lag, in standard deviations. The wider of what was
// seen and a prior of one doubling, which a few pairs don't outweigh.
double lag_off(const PairLists::Pair& pair, double log_days) {
  const double n = pair.count;
  const double mean = static_cast<double>(pair.sums[0]) / n;
  const double variance = std::max(0.0, static_cast<double>(pair.sums[1]) / n - mean * mean);
  const double spread = std::max(
      kNarrowest, (std::sqrt(variance) * n + kPriorSpread * kPriorPairs) / (n + kPriorPairs));
  return (log_days - mean) / spread;
}
}  // namespace

Status validate(const OrderSequencesSettings& settings) {
  return first_out_of_range(settings, kEachSequenceSetting);
}

OrderSequences::OrderSequences(const OrderSequencesSettings& settings)
    : settings_(brought_into_range(settings, kEachSequenceSetting)),
      counts_(settings_.max_items),
      pairs_(settings_.max_items, settings_.successors_per_item, 2) {}

bool OrderSequences::ensure(ItemId item) {
  if (item >= settings_.max_items || !counts_.ensure(item) || !pairs_.ensure(item)) return false;
  items_end_ = std::max(items_end_, item + 1);
  return true;
}

void OrderSequences::observe(const PurchaseHistory& before, std::span<const ItemId> items,
                             std::uint32_t now_s) {
  if (before.items.empty() || items.empty()) return;
  orders_.store(orders() + 1, std::memory_order_release);
  const auto had =
      before.items.last(std::min<std::size_t>(before.items.size(), settings_.history_items));
  const auto bought = items.first(std::min<std::size_t>(items.size(), settings_.order_items));
  last_s_.clear();
  for (const ItemId item : bought) {
    last_s_[item] = 0;
    if (ensure(item)) add_one(counts_[item].orders);
  }
  for (const Purchase& earlier : before.items) {
    if (std::uint32_t* last_s = last_s_.find(earlier.item)) *last_s = earlier.last_s;
  }
  for (const Purchase& first : had) {
    if (!ensure(first.item)) continue;
    add_one(counts_[first.item].chances);
    const double days = days_between(first.last_s, now_s);
    if (!(days >= kShortestDays)) continue;
    const auto log_days = static_cast<float>(std::log(days));
    const std::uint32_t clock = chances(first.item);
    for (const auto& second : last_s_.entries()) {
      if (second.key == first.item || second.key >= settings_.max_items) continue;
      if (second.value > first.last_s) continue;  // not the first since
      pairs_.meet(first.item, second.key, clock, {log_days, log_days * log_days});
    }
  }
}

std::uint32_t OrderSequences::chances(ItemId item) const {
  return counts_.has(item) ? counts_[item].chances.load(std::memory_order_acquire) : 0;
}

Successor OrderSequences::weigh(ItemId item, const PairLists::Pair& pair) const {
  Successor found;
  found.item = pair.item;
  found.because = item;
  found.support = pair.count;
  if (pair.count == 0) return found;
  const auto both = static_cast<double>(pair.count);
  const double chances_here = std::max<double>(chances(item), both);
  const double theirs = std::max<double>(
      counts_.has(pair.item) ? counts_[pair.item].orders.load(std::memory_order_acquire) : 0, both);
  const double all = std::max(static_cast<double>(orders()), chances_here + theirs - both);
  const double chance = theirs / all;
  found.confidence = (both + settings_.shrinkage * chance) / (chances_here + settings_.shrinkage);
  found.lift = found.confidence / chance;
  found.significance = both * all > chances_here * theirs
                           ? log_likelihood_ratio(both, chances_here, theirs, all)
                           : 0;
  const double back = pairs_.find(pair.item, item).count;
  found.direction = (both - back) / std::sqrt(both + back);
  const double mean = static_cast<double>(pair.sums[0]) / both;
  found.median_days = std::exp(mean);
  found.spread = std::sqrt(std::max(0.0, static_cast<double>(pair.sums[1]) / both - mean * mean));
  return found;
}

bool OrderSequences::is_sequence(const Successor& found) const {
  return found.support >= settings_.min_support &&
         found.significance >= settings_.min_significance &&
         found.direction >= settings_.min_direction;
}

Successor OrderSequences::pair(ItemId item, ItemId successor) const {
  return weigh(item, pairs_.find(item, successor));
}

void OrderSequences::predict(const PurchaseHistory& history, std::uint32_t now_s, std::size_t k,
                             OrderSequencesScratch& scratch, std::vector<Successor>& out) const {
  out.clear();
  scratch.best.clear();
  scratch.pairs.resize(PairLists::kMostPartners);
  const auto had =
      history.items.last(std::min<std::size_t>(history.items.size(), settings_.history_items));
  for (const Purchase& first : had) {
    const std::uint32_t count = pairs_.read(first.item, scratch.pairs.data());
    const double log_days = std::log(std::max(kShortestDays, days_between(first.last_s, now_s)));
    for (std::uint32_t i = 0; i < count; ++i) {
      const PairLists::Pair& pair = scratch.pairs[i];
      if (pair.count < settings_.min_support) continue;
      const Purchase* since = find_purchase(history.items, pair.item);
      if (since != nullptr && since->last_s >= first.last_s) continue;
      const double off = lag_off(pair, log_days);
      if (std::abs(off) > kFarOff) continue;
      Successor found = weigh(first.item, pair);
      if (!is_sequence(found)) continue;
      found.score = found.confidence * std::exp(-0.5 * off * off);
      Successor& best = scratch.best[found.item];
      if (found.score > best.score) best = found;
    }
  }
  for (const auto& entry : scratch.best.entries())
    out.push_back(entry.value);
  const auto better = [](const Successor& a, const Successor& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  };
  const auto top = out.begin() + static_cast<std::ptrdiff_t>(std::min(k, out.size()));
  std::partial_sort(out.begin(), top, out.end(), better);
  out.erase(top, out.end());
}

std::size_t OrderSequences::memory_bytes() const {
  return counts_.memory_bytes() + pairs_.memory_bytes();
}

Status OrderSequences::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKSQ", 1);
  out.u64(orders());
  out.u64(replaced_pairs());
  out.u32(items_end_);
  for (ItemId item = 0; item < items_end_; ++item) {
    out.u32(chances(item));
    out.u32(counts_.has(item) ? counts_[item].orders.load(std::memory_order_relaxed) : 0);
    pairs_.save(item, out);
  }
  return out.finish();
}

Status OrderSequences::load(ByteSource& source) {
  if (orders() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKSQ", 1);
  orders_.store(in.u64(), std::memory_order_release);
  pairs_.set_replaced(in.u64());
  const std::uint32_t items = in.count(settings_.max_items, "the number of items (max_items)");
  for (ItemId item = 0; in.ok() && item < items; ++item) {
    const std::uint32_t chances = in.u32();
    const std::uint32_t orders = in.u32();
    if (!ensure(item)) {
      in.fail("there is no memory for its items");
      break;
    }
    counts_[item].chances.store(chances, std::memory_order_relaxed);
    counts_[item].orders.store(orders, std::memory_order_relaxed);
    pairs_.load(item, settings_.max_items, in);
  }
  return in.finish();
}

}  // namespace souk::recommendations
