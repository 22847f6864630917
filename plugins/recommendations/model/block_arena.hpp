// Small arrays of 32-bit cells in few sizes, for lists that grow while others read them.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"

namespace souk::recommendations {

/// Blocks of 2, 4, 8, … 32,768 cells: class 0, 1, 2, … 14.
struct DoublingSizes {
  static constexpr unsigned kClasses = 15;
  [[nodiscard]] static constexpr std::uint32_t cells(unsigned size_class) {
    return std::uint32_t{2} << size_class;
  }
  /// The smallest class with at least `wanted` cells.
  [[nodiscard]] static constexpr unsigned at_least(std::uint32_t wanted) {
    return wanted <= 2 ? 0u : static_cast<unsigned>(std::bit_width(wanted - 1)) - 1;
  }
};

/// Blocks of 2, 4, 6, 8, 12, 16, 24, 32, 48, … 4,096 cells: class 0, 1, 2, 3, 4, … A list that
/// grows through them wastes a seventh on average, where doubling wastes a quarter.
struct FineSizes {
  static constexpr unsigned kClasses = 22;
  [[nodiscard]] static constexpr std::uint32_t cells(unsigned size_class) {
    if (size_class < 2) return 2 * (size_class + 1);
    return ((size_class & 1) == 0 ? std::uint32_t{3} : std::uint32_t{4}) << (size_class / 2);
  }
  [[nodiscard]] static constexpr unsigned at_least(std::uint32_t wanted) {
    unsigned size_class =
        wanted <= 2 ? 0u : 2 * (static_cast<unsigned>(std::bit_width(wanted - 1)) - 2) + 1;
    while (size_class > 0 && cells(size_class - 1) >= wanted)
      --size_class;
    return size_class;
  }
};

/// Hands out blocks of the sizes above and takes them back for re-use.
///
/// A block is named by its offset in units of two cells, so 32 bits reach 8 Gi cells. A block that
/// was released may be handed to somebody else at once, while a slow reader still looks at it:
/// cells are atomics, so that is never a data race, and readers detect it by checking the owner's
/// header again after they have read (the writer changes the header before it releases the block,
/// and cells are written with release and read with acquire, so new contents imply the new header).
///
/// Threads: one writer allocates, releases and writes; any thread reads.
template <class Sizes>
class BasicBlockArena {
 public:
  using Cell = std::atomic<std::uint32_t>;
  static constexpr std::uint32_t kNone = 0xffffffffu;
  static constexpr unsigned kClasses = Sizes::kClasses;

  explicit BasicBlockArena(std::size_t max_cells);

  [[nodiscard]] static constexpr std::uint32_t class_cells(unsigned size_class) {
    return Sizes::cells(size_class);
  }
  /// The smallest class with at least `cells` cells.
  [[nodiscard]] static constexpr unsigned class_for(std::uint32_t cells) {
    return Sizes::at_least(cells);
  }

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

using BlockArena = BasicBlockArena<DoublingSizes>;
using FineBlockArena = BasicBlockArena<FineSizes>;
extern template class BasicBlockArena<DoublingSizes>;
extern template class BasicBlockArena<FineSizes>;

}  // namespace souk::recommendations
