// Small arrays of 32-bit cells in power-of-two sizes, for lists that grow while others read them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"

namespace souk::recommendations {

/// Hands out blocks of 2, 4, 8, … cells (class 0, 1, 2, …) and takes them back for re-use.
///
/// A block is named by its offset in units of two cells, so 32 bits reach 8 Gi cells. A block that
/// was released may be handed to somebody else at once, while a slow reader still looks at it:
/// cells are atomics, so that is never a data race, and readers detect it by checking the owner's
/// header again after they have read (the writer changes the header before it releases the block,
/// and cells are written with release and read with acquire, so new contents imply the new header).
///
/// Threads: one writer allocates, releases and writes; any thread reads.
class BlockArena {
 public:
  using Cell = std::atomic<std::uint32_t>;
  static constexpr std::uint32_t kNone = 0xffffffffu;
  static constexpr unsigned kClasses = 15;  ///< the largest block holds 32,768 cells

  explicit BlockArena(std::size_t max_cells);

  [[nodiscard]] static constexpr std::uint32_t class_cells(unsigned size_class) {
    return std::uint32_t{2} << size_class;
  }
  /// The smallest class with at least `cells` cells.
  [[nodiscard]] static unsigned class_for(std::uint32_t cells);

  /// A block's offset, or kNone when the arena is full. Its cells hold anything. Writer only.
  [[nodiscard]] std::uint32_t allocate(unsigned size_class);
  void release(std::uint32_t offset, unsigned size_class);

  /// The block's cells, contiguous. Any thread.
  [[nodiscard]] Cell* cells(std::uint32_t offset) const { return &cells_[std::size_t{offset} * 2]; }

  [[nodiscard]] std::size_t memory_bytes() const { return cells_.memory_bytes(); }

 private:
  static constexpr unsigned kChunkBits = 16;
  ChunkedArray<Cell, kChunkBits> cells_;
  std::size_t next_ = 0;  ///< first cell never handed out
  std::array<std::vector<std::uint32_t>, kClasses> free_;
};

}  // namespace souk::recommendations
