// What the trained models serve from: for each item, the items it speaks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"

namespace souk::recommendations {

/// One thread's memory for predictions, re-used: after a few, none allocates. Not thread-safe.
struct ItemWeightsScratch {
  std::vector<float> sums;
  std::vector<std::uint32_t> columns;
  std::vector<std::uint32_t> best;
};

/// A sparse matrix of weights B: the score of item j for somebody who had the items S is Σ_{i∈S}
/// B_ij. Immutable once built; predict() from any thread.
class ItemWeights {
 public:
  /// `items[c]` is the ItemId of column c; `widest` bounds the weights of a row.
  ItemWeights(std::vector<ItemId> items, std::uint32_t widest);

  /// Keeps of a whole row of B the `widest` weights of largest size; the diagonal never. Rows may
  /// be set by different threads.
  void set_row(std::uint32_t row, std::span<const float> weights);

  /// The `k` best items for somebody who had `history` (any order, repeats count once each; unknown
  /// ones count nothing), best first, into `out` (cleared first): only items with a positive score,
  /// none of the history. `support` is the number of history items known, `because` is left open.
  /// Cost: history × widest additions and one look at every column.
  void predict(std::span<const ItemId> history, std::size_t k, ItemWeightsScratch& scratch,
               std::vector<Candidate>& out) const;
  /// The item of `history` that speaks most for `item`; kNoItem when none does.
  [[nodiscard]] ItemId because(std::span<const ItemId> history, ItemId item) const;
  /// B_ij; 0 when it was not kept.
  [[nodiscard]] float weight(ItemId i, ItemId j) const;

  [[nodiscard]] bool knows(ItemId item) const { return column_of(item) != kNoItem; }
  [[nodiscard]] std::uint32_t columns() const { return static_cast<std::uint32_t>(items_.size()); }
  [[nodiscard]] const std::vector<ItemId>& items() const { return items_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  [[nodiscard]] std::uint32_t column_of(ItemId item) const {
    return item < column_of_.size() ? column_of_[item] : kNoItem;
  }

  std::vector<ItemId> items_;
  std::vector<std::uint32_t> column_of_;
  std::uint32_t widest_;
  std::vector<std::uint32_t> sizes_;    ///< of each row
  std::vector<std::uint32_t> targets_;  ///< row · widest + place, sorted by column
  std::vector<float> weights_;
};

}  // namespace souk::recommendations
