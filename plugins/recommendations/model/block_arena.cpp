#include "plugins/recommendations/model/block_arena.hpp"

#include <algorithm>
#include <bit>

namespace souk::recommendations {
namespace {
// Offsets count pairs of cells in 32 bits; kNone is not an offset.
constexpr std::size_t kMostCells = (std::size_t{1} << 33) - 2;
}  // namespace

BlockArena::BlockArena(std::size_t max_cells) : cells_(std::min(max_cells, kMostCells)) {}

unsigned BlockArena::class_for(std::uint32_t cells) {
  return cells <= 2 ? 0u : static_cast<unsigned>(std::bit_width(cells - 1)) - 1;
}

std::uint32_t BlockArena::allocate(unsigned size_class) {
  auto& reusable = free_[size_class];
  if (!reusable.empty()) {
    const std::uint32_t offset = reusable.back();
    reusable.pop_back();
    return offset;
  }
  const std::size_t size = class_cells(size_class);
  // A block never crosses a chunk: what is left of one is cut into smaller blocks for later.
  std::size_t left = cells_.kChunk - (next_ & (cells_.kChunk - 1));
  while (left < size) {
    const unsigned fits = static_cast<unsigned>(std::bit_width(left)) - 2;
    release(static_cast<std::uint32_t>(next_ / 2), fits);
    next_ += class_cells(fits);
    left -= class_cells(fits);
    if (left == 0) left = cells_.kChunk;
  }
  if (next_ + size > cells_.max_size() || !cells_.ensure(next_)) return kNone;
  const auto offset = static_cast<std::uint32_t>(next_ / 2);
  next_ += size;
  return offset;
}

void BlockArena::release(std::uint32_t offset, unsigned size_class) {
  free_[size_class].push_back(offset);
}

}  // namespace souk::recommendations
