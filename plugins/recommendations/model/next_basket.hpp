// What the next order of a shopper holds: what is bought again, and what is new to them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/co_purchase.hpp"
#include "plugins/recommendations/model/order_sequences.hpp"
#include "plugins/recommendations/model/purchases.hpp"
#include "plugins/recommendations/model/repurchase.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"

namespace souk::recommendations {

/// What the features are made of; all of one store.
struct BasketSources {
  const CoPurchase& together;
  const OrderSequences& sequences;
  const Repurchase& repurchase;
};

/// A product that the next order may hold.
struct BasketItem {
  ItemId item = kNoItem;
  double score = 0;          ///< the chance that the next order holds it
  bool repeat = false;       ///< bought before
  ItemId because = kNoItem;  ///< of a new one: the shopper's product that argued most for it
};

/// Re-used by one thread.
struct BasketScratch {
  static constexpr std::size_t kFeatures = 28;
  struct Evidence {
    float with_history = 0;  ///< goes with what the shopper buys
    float with_last = 0;     ///< goes with the last order
    float after_last = 0;    ///< follows the last order
    float strongest = 0;
    ItemId because = kNoItem;
    std::uint32_t purchase = 0;  ///< its place in the history + 1; 0: new to the shopper
  };
  SparseTable<Evidence> evidence;
  std::vector<PairLists::Pair> pairs;
  std::vector<std::uint32_t> candidates;  ///< places in `evidence`
  std::vector<std::array<float, kFeatures>> rows;
};

/// Repeating and exploring are two problems with one scale: a logistic regression gives each
/// candidate the chance that the next order holds it, from the shopper's own frequency and recency
/// (TIFU-kNN's decayed frequency, Hu, He, Gao, Zhang, SIGIR 2020), how often the product is bought
/// again at all and lately, the interval, and what goes with or follows the shopper's orders. All
/// of these act on what was bought before and on what was not with weights of their own.
///
/// The weights are learned from the store's own orders as they come, each of them predicted before
/// it is counted: an online Newton step (Hazan, Agarwal, Kale, Machine Learning 69, 2007) over the
/// candidates of the order, with a forgetting factor, so they follow the store. They start at zero,
/// held there as if by kPriorOrders orders: the first few dozen repeat orders of a store say
/// little. An order counts the same whatever its size. From kAllOrders orders on every kSparse-th
/// is learned from, so that a large store does not pay more than it gains.
///
/// Threads: one writer learns; any thread predicts, without locks. Weights are published one by
/// one; a mixture of those of two successive orders does no harm.
class NextBasket {
 public:
  static constexpr std::size_t kFeatures = BasketScratch::kFeatures;
  using Scratch = BasketScratch;

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
  [[nodiscard]] double weight(std::size_t feature) const {
    return weights_[feature].load(std::memory_order_relaxed);
  }

  /// Section "SKNB" v1: learned u64, features u32, weights and the upper triangle of the curvature
  /// (f64).
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  static void collect(const PurchaseHistory& history, const BasketSources& sources,
                      bool repeats_only, Scratch& scratch);
  static void choose(bool repeats_only, Scratch& scratch);
  static void describe(const PurchaseHistory& history, std::uint32_t now_s,
                       const BasketSources& sources, Scratch& scratch);
  [[nodiscard]] double chance(const std::array<float, kFeatures>& row) const;
  void step(const std::array<double, kFeatures>& gradient);

  std::array<std::atomic<double>, kFeatures> weights_;
  /// Σ p(1 − p) x xᵀ with forgetting; row by row, the lower triangle is used.
  std::array<std::array<double, kFeatures>, kFeatures> curvature_{};
  std::atomic<std::uint64_t> learned_{0};
};

}  // namespace souk::recommendations
