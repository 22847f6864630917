// What the trained models serve from: for each item, the items it speaks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/aligned_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"

namespace souk::recommendations {

/// One thread's memory for predictions, re-used: after a few, none allocates. Not thread-safe.
struct ItemWeightsScratch {
  std::vector<float> sums;
  std::vector<std::uint32_t> columns;
  std::vector<std::uint64_t> best;
};

/// A sparse matrix of weights B: the score of item j for somebody who had the items S is Σ_{i∈S}
/// B_ij. Immutable once built; predict() from any thread.
///
/// A weight takes 32 bits with its column: as many as columns need, at most 20, and the rest for
/// the weight as a share of its row's largest (17 bits up to 32,768 columns, 14 up to 262,144). A
/// prediction waits for memory more than for additions.
class ItemWeights {
 public:
  static constexpr std::size_t kMostItems = std::size_t{1} << 20;

  /// `items[c]` is the ItemId of column c, those beyond kMostItems are left out; `widest` bounds
  /// the weights of a row. Throws std::bad_alloc.
  ItemWeights(std::vector<ItemId> items, std::uint32_t widest);

  /// Keeps of a whole row of B the `widest` weights of largest size; the diagonal never. Rows may
  /// be set by different threads.
  void set_row(std::uint32_t row, std::span<const float> weights);

  /// The `k` best items for somebody who had `history` (any order, repeats count each time; unknown
  /// ones count nothing), best first, into `out` (cleared first): only items with a positive score,
  /// none of the history. `support` is the number of history items known, `because` is left open.
  /// Cost: history × widest additions and one look at every column.
  void predict(std::span<const ItemId> history, std::size_t k, ItemWeightsScratch& scratch,
               std::vector<Candidate>& out) const;
  /// Sets `because` of each candidate to the item of `history` that speaks most for it, kNoItem
  /// when none does; one look at the rows of the history.
  void give_reasons(std::span<const ItemId> history, ItemWeightsScratch& scratch,
                    std::span<Candidate> candidates) const;
  /// B_ij; 0 when it was not kept.
  [[nodiscard]] float weight(ItemId i, ItemId j) const;

  [[nodiscard]] bool knows(ItemId item) const { return column_of(item) != kNoItem; }
  [[nodiscard]] std::uint32_t columns() const { return static_cast<std::uint32_t>(items_.size()); }
  [[nodiscard]] const std::vector<ItemId>& items() const { return items_; }
  [[nodiscard]] std::size_t memory_bytes() const;
  /// Memory of so many items with `widest` weights each.
  [[nodiscard]] static std::size_t bytes(std::size_t items, std::uint32_t widest) {
    return items * (std::size_t{widest} + 4) * sizeof(std::uint32_t);
  }

 private:
  [[nodiscard]] std::uint32_t column_of(ItemId item) const {
    return item < column_of_.size() ? column_of_[item] : kNoItem;
  }
  [[nodiscard]] std::span<const std::uint32_t> row(std::uint32_t at) const {
    return {cells_.data() + std::size_t{at} * widest_, sizes_[at]};
  }
  [[nodiscard]] float weight_of(std::uint32_t cell, float unit) const;
  void fetch_row(std::uint32_t at) const;
  void add_row(std::uint32_t at, float* sums) const;
  void select(std::size_t k, ItemWeightsScratch& scratch) const;

  std::vector<ItemId> items_;
  std::vector<std::uint32_t> column_of_;
  std::uint32_t widest_;
  std::uint32_t weight_bits_;
  std::vector<std::uint32_t> sizes_;  ///< of each row
  std::vector<float> units_;          ///< of a row's weights
  /// row · widest + place: column above, weight below, with its sign; sorted by column.
  AlignedArray<std::uint32_t> cells_;
};

}  // namespace souk::recommendations
