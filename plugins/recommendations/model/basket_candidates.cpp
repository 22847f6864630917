#include "plugins/recommendations/model/basket_candidates.hpp"

#include <algorithm>
#include <cmath>

namespace souk::recommendations {
namespace {

constexpr std::size_t kHistoryItems = 64;  // that argue for other products
constexpr std::size_t kNewCandidates = 96;
constexpr float kFollowPrior = 5;
constexpr float kOrdersOfChance = 5;  // from so many orders on, having met once is chance

using Evidence = BasketScratch::Evidence;

void argue(Evidence& found, float value, ItemId because) {
  if (value <= found.strongest) return;
  found.strongest = value;
  found.because = because;
}

// Partners in orders: the cosine of their orders and those of what was bought, c / √(n_had n), of
// which √n, the same for all that speaks for a candidate, is taken out at the end.
void add_partners(const Purchase& had, float weight, float weight_of_last,
                  const BasketSources& sources, BasketScratch& scratch) {
  const auto orders = static_cast<float>(std::max(1u, sources.together.orders_of(had.item)));
  const float root = 1 / std::sqrt(orders);
  weight *= root;
  weight_of_last *= root;
  const std::uint32_t partners = sources.together.read_counts(had.item, scratch.pairs.data());
  const std::uint32_t least = orders >= kOrdersOfChance ? 2 : 1;
  for (std::uint32_t i = 0; i < partners; ++i) {
    if (scratch.pairs[i].count < least) continue;
    const auto count = static_cast<float>(scratch.pairs[i].count);
    Evidence& found = scratch.evidence[scratch.pairs[i].item];
    found.with_history += weight * count;
    found.with_last += weight_of_last * count;
    argue(found, (weight + weight_of_last) * count, had.item);
  }
}

void add_successors(const Purchase& had, float weight, const BasketSources& sources,
                    BasketScratch& scratch) {
  const std::uint32_t successors = sources.sequences.read_counts(had.item, scratch.pairs.data());
  const auto chances = static_cast<float>(sources.sequences.chances(had.item));
  const float share = weight / (chances + kFollowPrior);
  for (std::uint32_t i = 0; i < successors; ++i) {
    Evidence& found = scratch.evidence[scratch.pairs[i].item];
    found.after_last += share * static_cast<float>(scratch.pairs[i].count);
    if (found.because == kNoItem) found.because = had.item;
  }
}

void choose(bool repeats_only, BasketScratch& scratch) {
  scratch.candidates.clear();
  const auto& entries = scratch.evidence.entries();
  for (std::uint32_t i = 0; i < scratch.repeats; ++i)
    scratch.candidates.push_back(i);
  if (repeats_only) return;
  for (auto i = static_cast<std::uint32_t>(scratch.repeats); i < entries.size(); ++i)
    scratch.candidates.push_back(i);
  const auto strength = [&](std::uint32_t i) {
    const Evidence& found = entries[i].value;
    return 4 * found.with_history + found.with_last + 4 * found.after_last;
  };
  const auto begin = scratch.candidates.begin() + static_cast<std::ptrdiff_t>(scratch.repeats);
  if (static_cast<std::size_t>(scratch.candidates.end() - begin) <= kNewCandidates) return;
  const auto end = begin + static_cast<std::ptrdiff_t>(kNewCandidates);
  std::nth_element(begin, end, scratch.candidates.end(), [&](std::uint32_t a, std::uint32_t b) {
    const float of_a = strength(a), of_b = strength(b);
    return of_a != of_b ? of_a > of_b : entries[a].key < entries[b].key;
  });
  scratch.candidates.erase(end, scratch.candidates.end());
}

}  // namespace

BasketShopper::BasketShopper(const PurchaseHistory& history)
    : orders(std::max<double>(history.orders, 1)) {
  const auto odds = [](double yes, double no) { return static_cast<float>(std::log(yes / no)); };
  habit =
      odds(history.repeats + 3.0, history.lines - std::min(history.repeats, history.lines) + 7.0);
  lines = static_cast<float>(std::log(std::max(1.0, history.lines / orders)));
  float power = 1;
  for (float& value : decay_) {
    value = power;
    power *= static_cast<float>(Purchase::kRecentDecay);
  }
  const double left = std::pow(Purchase::kRecentDecay, orders);
  all_recent_ = static_cast<float>((1 - left) / (1 - Purchase::kRecentDecay));
}

double BasketShopper::gap(const Purchase& purchase) const {
  return std::max(1.0, orders - purchase.last_order + 1);
}
float BasketShopper::frequency(const Purchase& purchase) const {
  return static_cast<float>(std::min(1.0, purchase.times / orders));
}
float BasketShopper::recent(const Purchase& purchase) const {
  const auto back = static_cast<std::size_t>(gap(purchase)) - 1;
  return purchase.recent * decay_[std::min(back, decay_.size() - 1)] / all_recent_;
}

void find_basket_candidates(const PurchaseHistory& history, const BasketShopper& shopper,
                            const BasketSources& sources, bool repeats_only,
                            BasketScratch& scratch) {
  scratch.evidence.clear();
  scratch.pairs.resize(PairLists::kMostPartners);
  scratch.repeats = history.items.size();
  for (std::uint32_t i = 0; i < history.items.size(); ++i)
    scratch.evidence[history.items[i].item].purchase = i + 1;
  const auto arguing = history.items.last(std::min(history.items.size(), kHistoryItems));
  const auto is_last = [&](const Purchase& had) { return had.last_order >= history.orders; };
  const auto in_last = static_cast<float>(std::count_if(arguing.begin(), arguing.end(), is_last));
  for (const Purchase& had : arguing) {
    const bool last = is_last(had);
    const float weight = shopper.recent(had) + 0.5F * shopper.frequency(had);
    add_partners(had, weight, last ? 1 / std::sqrt(in_last) : 0, sources, scratch);
    if (last) add_successors(had, 1 / in_last, sources, scratch);
  }
  for (auto& entry : scratch.evidence.entries()) {
    const auto orders = static_cast<float>(std::max(1u, sources.together.orders_of(entry.key)));
    const float root = 1 / std::sqrt(orders);
    entry.value.with_history *= root;
    entry.value.with_last *= root;
  }
  choose(repeats_only, scratch);
}

}  // namespace souk::recommendations
