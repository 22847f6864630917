#include "plugins/recommendations/model/next_basket.hpp"

#include <algorithm>

#include "plugins/recommendations/model/quick_log.hpp"

namespace souk::recommendations {
namespace {

constexpr double kPriorOrders = 20;
// An order counts half after 700 more: early ones were seen with little knowledge of the store.
constexpr double kForget = 1 - 1.0 / 1000;
constexpr std::uint64_t kAllOrders = 20'000;
constexpr std::uint64_t kSparse = 8;
// A step after each order, and later, when one moves little, after some.
constexpr std::uint64_t kFirstSteps = 256;
constexpr std::uint64_t kStepOrders = 8;

// Rounded means of what a wholesaler of gifts, a grocer and simulated shops had learned in the end.
constexpr std::array<double, BasketScratch::kFeatures> kFirstRepeats{
    3,   0.4, -0.5, 0.1,  0.1, -0.5, -0.1, -0.1, 0,    0,   0,  // kBias … kAfterLast
    0.4, 0.4, 0.3,  0.15, 0.3, -0.3, 0,    0.5,  -0.3, 0.2, 0.3, 0.2};
constexpr std::array<double, kSharedFeatures> kFirstNews{1,    -0.3, -0.2, -0.3, 0.8, -0.5,
                                                         -0.1, -0.3, 0.5,  -0.1, 0.2};

// The lines of the shopper's usual order that a share of the list stands for, as a logarithm.
constexpr double kPriorChances = 20;
constexpr float kLeastChanceSlope = 0.1F;  // a larger share is never a smaller chance
std::array<float, 2> expected(float share, const BasketShopper& shopper) {
  constexpr float kLeastShare = 1e-9F;
  return {1, quick_log(std::max(share, kLeastShare)) + shopper.lines};
}

}  // namespace

NextBasket::NextBasket()
    : choice_(kFirstRepeats, kFirstNews, kPriorOrders), chance_({0, 1}, kPriorChances) {}

void NextBasket::learn(const PurchaseHistory& before, std::span<const ItemId> items,
                       std::uint32_t now_s, const BasketSources& sources, Scratch& scratch) {
  if (before.orders == 0 || before.items.empty() || items.empty()) return;
  const std::uint64_t seen = learned();
  learned_.store(seen + 1, std::memory_order_relaxed);
  if (seen >= kAllOrders && seen % kSparse != 0) return;
  const BasketShopper shopper(before);
  find_basket_candidates(before, shopper, sources, false, scratch);
  describe_basket_candidates(before, shopper, now_s, sources, scratch);
  for (const ItemId item : items)
    scratch.evidence[item].bought = true;
  scratch.taken.clear();
  for (const std::uint32_t candidate : scratch.candidates)
    scratch.taken.push_back(scratch.evidence.entries()[candidate].value.bought ? 1 : 0);
  Choice::utilities(choice_.weights(), scratch.rows, scratch.repeats, scratch.shares);
  Choice::to_shares(scratch.shares);
  const double weight = 1.0 / static_cast<double>(items.size());
  choice_.forget(kForget);
  choice_.observe(scratch.rows, scratch.repeats, scratch.shares, scratch.taken, weight);
  chance_.forget(kForget);
  const auto of_chance = chance_.weights();
  for (std::size_t i = 0; i < scratch.shares.size(); ++i) {
    const auto row = expected(scratch.shares[i], shopper);
    chance_.observe(row, Chance::chance(of_chance, row), scratch.taken[i] != 0, weight);
  }
  if (seen >= kFirstSteps && seen % kStepOrders != 0) return;
  choice_.step();
  chance_.step();
}

void NextBasket::predict(const PurchaseHistory& history, std::uint32_t now_s,
                         const BasketSources& sources, std::size_t k, bool repeats_only,
                         Scratch& scratch, std::vector<BasketItem>& out) const {
  out.clear();
  if (history.items.empty()) return;
  const BasketShopper shopper(history);
  find_basket_candidates(history, shopper, sources, repeats_only, scratch);
  describe_basket_candidates(history, shopper, now_s, sources, scratch);
  Choice::utilities(choice_.weights(), scratch.rows, scratch.repeats, scratch.shares);
  Choice::to_shares(scratch.shares);
  for (std::size_t i = 0; i < scratch.candidates.size(); ++i) {
    const auto& entry = scratch.evidence.entries()[scratch.candidates[i]];
    BasketItem& item = out.emplace_back();
    item.item = entry.key;
    item.repeat = i < scratch.repeats;
    item.score = static_cast<double>(scratch.shares[i]);
    if (!item.repeat) item.because = entry.value.because;
  }
  const auto better = [](const BasketItem& a, const BasketItem& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  };
  const auto top = out.begin() + static_cast<std::ptrdiff_t>(std::min(k, out.size()));
  std::partial_sort(out.begin(), top, out.end(), better);
  out.erase(top, out.end());
  auto of_chance = chance_.weights();
  of_chance[1] = std::max(of_chance[1], kLeastChanceSlope);
  for (BasketItem& item : out)
    item.score = Chance::chance(of_chance, expected(static_cast<float>(item.score), shopper));
}

Status NextBasket::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKNB", 3);
  out.u64(learned());
  out.u32(BasketScratch::kFeatures);
  out.u32(kSharedFeatures);
  choice_.save(out);
  chance_.save(out);
  return out.finish();
}

Status NextBasket::load(ByteSource& source) {
  if (learned() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKNB", 3);
  learned_.store(in.u64(), std::memory_order_relaxed);
  constexpr std::uint32_t kAll = BasketScratch::kFeatures, kShared = kSharedFeatures;
  if (in.count(kAll, "the number of features") != kAll ||
      in.count(kShared, "the number of shared features") != kShared) {
    in.fail("other features");
  }
  choice_.load(in);
  chance_.load(in);
  return in.finish();
}

}  // namespace souk::recommendations
