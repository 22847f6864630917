// What is bought after what: pairs over two orders of one shopper, and the time between them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/pair_lists.hpp"
#include "plugins/recommendations/model/purchases.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

struct OrderSequencesSettings {
  std::uint32_t max_items = 2'000'000;     ///< 1 … 2^28
  std::uint32_t successors_per_item = 32;  ///< pairs kept of an item, 4 … 1,024
  std::uint32_t history_items = 48;  ///< a shopper's newest products that are looked at, 1 … 512
  std::uint32_t order_items = 48;    ///< products of an order that are looked at, 1 … 512
  std::uint32_t min_support = 3;     ///< times a pair must have been seen, 1 … 10,000
  double min_significance = 10.83;   ///< G² against popularity, 0 … 1000
  double min_direction = 2.0;  ///< standard deviations by which A → C outnumbers C → A, 0 … 100
  double shrinkage = 10;       ///< chances of prior evidence that nothing follows, 0 … 10,000
};

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed.
[[nodiscard]] Status validate(const OrderSequencesSettings& settings);

/// That `item` follows `because`, and the numbers behind it.
struct Successor {
  ItemId item = kNoItem;
  ItemId because = kNoItem;
  double score = 0;           ///< what successors are ranked by
  std::uint32_t support = 0;  ///< times it followed
  double confidence = 0;    ///< shrunk chance that a later order holds it for the first time since
  double lift = 0;          ///< confidence / chance without `because`
  double significance = 0;  ///< G² against popularity
  double direction = 0;     ///< standard deviations: A → C against C → A
  double median_days = 0;   ///< between the two: exp(mean of log)
  double spread = 0;        ///< standard deviation of the log of days
};

/// Re-used by one thread from answer to answer.
struct OrderSequencesScratch {
  SparseTable<Successor> best;
  std::vector<PairLists::Pair> pairs;
};

/// Counts, for a shopper's order of C who had bought A before, the first C after the newest A: how
/// often (n_AC), and the logarithm of the days between (mean and variance, so that lags of a week
/// and of a year are told apart equally well). An order gives every product A that its shopper had
/// a chance to be followed.
///
///   P(C after A) = (n_AC + σ P(C)) / (n_A + σ)     n_A: chances of A,  P(C): share of orders with
///   C direction = (n_AC − n_CA) / √(n_AC + n_CA)     McNemar's statistic: order, or mere company?
///
/// A pair is a sequence when n_AC ≥ min_support, G² (Dunning 1993) against independence reaches
/// min_significance, and direction reaches min_direction. Lists are bounded as PairLists says, on
/// the clock of A's chances.
///
/// Threads: one writer observes; any thread asks, without locks.
class OrderSequences {
 public:
  explicit OrderSequences(const OrderSequencesSettings& settings = {});

  /// An order of `items` (distinct) by a shopper whose history is `before`, without this order.
  /// Writer only.
  void observe(const PurchaseHistory& before, std::span<const ItemId> items, std::uint32_t now_s);

  /// What the shopper with this history may buy now because of what was bought then: sequences
  /// whose lag fits the time that has passed, best first, at most `k`, into `out` (cleared first).
  /// The score is confidence times the density of the lag's distribution at that time, relative to
  /// its peak. What was bought since the first of the pair is not proposed.
  void predict(const PurchaseHistory& history, std::uint32_t now_s, std::size_t k,
               OrderSequencesScratch& scratch, std::vector<Successor>& out) const;

  /// A pair as it is known, significant or not; support 0 when it is not kept.
  [[nodiscard]] Successor pair(ItemId item, ItemId successor) const;
  /// The item's pairs as they are counted; `out` has room for PairLists::kMostPartners.
  std::uint32_t read_counts(ItemId item, PairLists::Count* out) const {
    return pairs_.read_counts(item, out);
  }
  /// Orders by shoppers who had bought the item before.
  [[nodiscard]] std::uint32_t chances(ItemId item) const;

  /// Orders by shoppers who had ordered before.
  [[nodiscard]] std::uint64_t orders() const { return orders_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t replaced_pairs() const { return pairs_.replaced(); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKSQ" v1: orders, replaced pairs u64, items u32; of each its chances, orders (u32)
  /// and pairs.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Counts {
    std::atomic<std::uint32_t> chances{0};  ///< of it as the first of a pair
    std::atomic<std::uint32_t> orders{0};   ///< of it as the second
  };
  [[nodiscard]] bool ensure(ItemId item);
  [[nodiscard]] Successor weigh(ItemId item, const PairLists::Pair& pair) const;
  [[nodiscard]] bool is_sequence(const Successor& found) const;

  OrderSequencesSettings settings_;
  ChunkedArray<Counts, 12> counts_;
  PairLists pairs_;
  std::uint32_t items_end_ = 0;        ///< writer only
  SparseTable<std::uint32_t> last_s_;  ///< scratch of the writer: when what is bought was bought
  std::atomic<std::uint64_t> orders_{0};
};

}  // namespace souk::recommendations
