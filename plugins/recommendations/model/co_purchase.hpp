// What is bought together: pairs counted order by order, corrected for popularity, tested.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/pair_lists.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

struct CoPurchaseSettings {
  std::uint32_t max_items = 2'000'000;   ///< items ever bought, 1 … 2^28
  std::uint32_t partners_per_item = 64;  ///< pairs kept of an item, 4 … 1,024
  std::uint32_t order_items = 100;  ///< distinct items of an order that are paired, 2 … 1,000
  std::uint32_t min_support = 2;    ///< orders that must hold both, 1 … 10,000
  double shrinkage = 10;  ///< σ: orders of prior evidence that nothing goes together, 0 … 10,000
  double min_significance = 10.83;  ///< G² a pair must reach, 0 … 1,000; 10.83: one in a thousand
                                    ///< unrelated pairs does
  double popularity_correction = 0.3;  ///< α: 0 ranks by added chance, 1 by lift, 0 … 1
};

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed.
[[nodiscard]] Status validate(const CoPurchaseSettings& settings);

/// One partner and the numbers behind it. Of several items bought, those of the strongest pair.
struct Partner {
  ItemId item = kNoItem;
  double score = 0;           ///< what partners are ranked by; summed over the items bought
  std::uint32_t support = 0;  ///< orders that hold both, at least
  double confidence = 0;      ///< shrunk P(partner | item)
  double lift = 0;            ///< confidence / P(partner)
  double significance = 0;    ///< G², the log-likelihood ratio against independence
  ItemId because = kNoItem;   ///< the item of the strongest pair
};

/// Re-used by one thread from answer to answer.
struct CoPurchaseScratch {
  struct Sum {
    Partner strongest;
    double score = 0;  ///< of all pairs
  };
  SparseTable<Sum> sums;
};

/// Counts of pairs in a bounded list of partners an item (PairLists).
///
/// For a pair (a, b) in n_ab of N orders:
///   P(b) = n_b / N,  P(b|a) = (n_ab + σ P(b)) / (n_a + σ),  score = (P(b|a) − P(b)) / P(b)^α,
/// given that n_ab ≥ min_support, the pair is more frequent than chance, and Dunning's G²
/// (Computational Linguistics 19(1), 1993) reaches min_significance.
///
/// Threads: one writer observes; any thread asks, without locks.
class CoPurchase {
 public:
  explicit CoPurchase(const CoPurchaseSettings& settings = {});

  /// Folds one order: its items, repeats and kNoItem allowed. Work is quadratic in
  /// settings.order_items, beyond which lines are dropped and counted. Writer only.
  void observe_order(std::span<const ItemId> items);
  /// Adds an item to an order that is still growing and holds `held`, distinct and without it. The
  /// first item of an order (nothing held) counts the order. Writer only.
  void extend_order(std::span<const ItemId> held, ItemId added);

  /// Takes back an order that was observed: distinct items, in the order in which they were given.
  /// A pair that has left its list meanwhile stays away. Writer only.
  void take_back_order(std::span<const ItemId> items);

  /// The item's partners as they are counted, in no particular order, into `out`, which has room
  /// for PairLists::kMostPartners; their number.
  std::uint32_t read_counts(ItemId item, PairLists::Count* out) const {
    return pairs_.read_counts(item, out);
  }

  /// The `k` best partners of what is bought, none of them among it, best first, into `out`
  /// (cleared first). At most 64 distinct items count. Ties go to the smaller ItemId.
  void partners(std::span<const ItemId> bought, std::size_t k, CoPurchaseScratch& scratch,
                std::vector<Partner>& out) const;

  /// How often an item met another, tested or not.
  struct Together {
    ItemId item = kNoItem;
    std::uint32_t orders = 0;
  };
  /// All that is kept of the item's meetings, in no particular order, into `out` (cleared first).
  void counts_of(ItemId item, std::vector<Together>& out) const;
  /// The pair of an item and what it met, weighed as partners() does; score 0 when it fails a test.
  [[nodiscard]] Partner judge(ItemId item, const Together& met) const;

  [[nodiscard]] std::uint64_t orders() const { return orders_.load(std::memory_order_acquire); }
  /// Orders that held the item.
  [[nodiscard]] std::uint32_t orders_of(ItemId item) const;
  /// Lines beyond order_items or of an item that is not below max_items.
  [[nodiscard]] std::uint64_t dropped_lines() const {
    return dropped_lines_.load(std::memory_order_relaxed);
  }
  /// Pairs that gave way to another.
  [[nodiscard]] std::uint64_t replaced_pairs() const { return pairs_.replaced(); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKCP" v1: orders, dropped lines, replaced pairs (u64), items u32; for each its orders
  /// u32, partners u32, and of each partner item, count, last of the item's orders (u32).
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty model before readers use it; after an error it must be discarded.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  [[nodiscard]] Partner weigh(ItemId item, double orders_of_item, double all,
                              const PairLists::Pair& pair) const;

  CoPurchaseSettings settings_;
  ChunkedArray<std::atomic<std::uint32_t>, 12> orders_of_;
  PairLists pairs_;
  std::uint32_t items_end_ = 0;  ///< one past the largest item bought; writer only
  std::atomic<std::uint64_t> orders_{0}, dropped_lines_{0};
};

}  // namespace souk::recommendations
