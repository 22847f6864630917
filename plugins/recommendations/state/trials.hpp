// How often new products were shown as such, and clicked.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// Counts since the first event; 8 bytes a product that was shown. Threads: one writer counts; any
/// thread asks, without locks.
class Trials {
 public:
  struct Trial {
    std::uint32_t shown = 0;
    std::uint32_t clicked = 0;
  };

  explicit Trials(std::uint32_t max_items) : cells_(max_items) {}

  void show(ItemId item);   ///< writer only
  void click(ItemId item);  ///< writer only; counts only what was shown, and once a showing

  [[nodiscard]] Trial of(ItemId item) const;
  /// Of all products.
  [[nodiscard]] Trial all() const {
    return {shown_.load(std::memory_order_relaxed), clicked_.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] std::size_t memory_bytes() const { return cells_.memory_bytes(); }

  /// Section "SKTL" v1: products u32; for each shown and clicked (u32).
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty one before readers use it; after an error it must be discarded.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct Cell {
    std::atomic<std::uint32_t> shown{0}, clicked{0};
  };
  ChunkedArray<Cell, 12> cells_;
  ItemId items_end_ = 0;  ///< one past the largest product shown; writer only
  std::atomic<std::uint32_t> shown_{0}, clicked_{0};
};

}  // namespace souk::recommendations
