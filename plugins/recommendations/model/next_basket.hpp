// What the next order of a shopper holds: what is bought again, and what is new to them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/basket_candidates.hpp"
#include "plugins/recommendations/model/basket_features.hpp"
#include "plugins/recommendations/model/online_choice.hpp"
#include "plugins/recommendations/model/online_logistic.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// A product that the next order may hold.
struct BasketItem {
  ItemId item = kNoItem;
  double score = 0;          ///< the chance that the next order holds it
  bool repeat = false;       ///< bought before
  ItemId because = kNoItem;  ///< of a new one: the shopper's product that argued most for it
};

/// Repeating and exploring are two problems (Li, Jullien, Ariannezhad, de Rijke, TOIS 41, 2023),
/// here with one scale: what was bought before and what is new compete in one list, a conditional
/// logit with weights of its own for each of the two. That of repeats looks at the shopper's own
/// frequency and recency (TIFU-kNN's decayed frequency, Hu, He, Gao, Zhang, SIGIR 2020), how often
/// the product is bought again at all and lately, and the interval; both look at what goes with or
/// follows the shopper's orders, at popularity and how well it fits the shopper's, and at the size
/// of the orders that hold it. A shopper's lines are learned from against each other, not against
/// other shoppers': those decide nothing of a ranking.
///
/// The weights are learned from the store's own orders as they come, each of them predicted before
/// it is counted, with a forgetting factor, so they follow the store. They start where those of
/// unlike stores agree. An order counts the same whatever its size. From kAllOrders orders on every
/// kSparse-th is learned from, so that a large store does not pay more than it gains.
///
/// A share of the list becomes a chance by a logistic regression on the logarithm of the lines that
/// the shopper's usual order would have of it, learned in the same way.
///
/// Threads: one writer learns; any thread predicts, without locks.
class NextBasket {
 public:
  using Scratch = BasketScratch;
  using Choice = OnlineChoice<BasketScratch::kFeatures, kSharedFeatures>;
  using Chance = OnlineLogistic<2>;

  NextBasket();

  /// An order of `items` (distinct) by a shopper whose history is `before`, without this order; the
  /// sources must not know of it yet. Writer only.
  void learn(const PurchaseHistory& before, std::span<const ItemId> items, std::uint32_t now_s,
             const BasketSources& sources, Scratch& scratch);

  /// The `k` likeliest products of the next order, best first, into `out` (cleared first). With
  /// `repeats_only`, of what was bought before.
  void predict(const PurchaseHistory& history, std::uint32_t now_s, const BasketSources& sources,
               std::size_t k, bool repeats_only, Scratch& scratch,
               std::vector<BasketItem>& out) const;

  /// Orders learned from.
  [[nodiscard]] std::uint64_t learned() const { return learned_.load(std::memory_order_relaxed); }
  /// Features of repeats, then of new products.
  [[nodiscard]] const Choice& choice() const { return choice_; }

  /// Section "SKNB" v3: learned u64, features u32, shared ones u32; of the choice and of the chance
  /// the weights, gradient and lower triangle of the curvature (f64).
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  Choice choice_;
  Chance chance_;
  std::atomic<std::uint64_t> learned_{0};
};

}  // namespace souk::recommendations
