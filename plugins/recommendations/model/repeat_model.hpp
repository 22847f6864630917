// How often a shopper returns to what this session has already shown.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "plugins/recommendations/model/item_dictionary.hpp"

namespace souk::recommendations {

/// The chance that the next click repeats the g-th newest distinct item of a session that holds D
/// distinct items, counted online: P(g | D) = (h_{D,g} + 1) / (n_{D,g} + 100), where n counts the
/// clicks made in that situation and h those that were this repeat.
///
/// Neighbours answer "which item", badly "this one again": the rates differ between shops from none
/// (a storefront that reports an item once a session) to a third of all clicks, so they are
/// learned.
///
/// Threads: one writer observes; any thread reads.
class RepeatModel {
 public:
  static constexpr std::uint32_t kMostItems = 16;  ///< D and g beyond this share the last cell

  /// A click on `item` after `distinct`, the session's distinct items, newest first. Writer only.
  void observe(std::span<const ItemId> distinct, ItemId item);
  /// P(g | D); `gap` counts from 0 for the newest and is below `distinct`.
  [[nodiscard]] double probability(std::uint32_t distinct, std::uint32_t gap) const;
  /// Clicks counted (each first click of a session is none). Any thread.
  [[nodiscard]] std::uint64_t clicks() const { return clicks_.load(std::memory_order_relaxed); }
  /// Those of them that were repeats.
  [[nodiscard]] std::uint64_t repeats() const { return repeats_.load(std::memory_order_relaxed); }

  void save(class SnapshotWriter& out) const;  ///< clicks, repeats, then n and h of every cell: u64
  void load(class SnapshotReader& in);

 private:
  using Counter = std::atomic<std::uint64_t>;
  struct Cell {
    Counter seen{0}, hits{0};
  };
  static void add(Counter& c) {
    c.store(c.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  [[nodiscard]] static std::uint32_t index(std::uint32_t distinct, std::uint32_t gap);

  std::array<Cell, kMostItems * kMostItems> cells_;
  Counter clicks_{0}, repeats_{0};
};

/// The distinct items of a session, newest first, each at its newest place: at most `most` into
/// `out`; their number. `session` is oldest first; kNoItem is passed over.
std::uint32_t distinct_newest_first(std::span<const ItemId> session, std::uint32_t most,
                                    ItemId* out);

}  // namespace souk::recommendations
