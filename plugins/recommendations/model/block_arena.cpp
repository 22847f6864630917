#include "plugins/recommendations/model/block_arena.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {
// Offsets count pairs of cells in 32 bits; kNone is not an offset.
constexpr std::size_t kMostCells = (std::size_t{1} << 33) - 2;
}  // namespace

template <class Sizes>
BasicBlockArena<Sizes>::BasicBlockArena(std::size_t max_cells)
    : cells_(std::min(max_cells, kMostCells)) {}

template <class Sizes>
std::uint32_t BasicBlockArena<Sizes>::allocate(unsigned size_class) {
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
    unsigned fits = class_for(static_cast<std::uint32_t>(left));
    if (class_cells(fits) > left) --fits;
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

template <class Sizes>
void BasicBlockArena<Sizes>::release(std::uint32_t offset, unsigned size_class) {
  free_[size_class].push_back(offset);
}

template class BasicBlockArena<DoublingSizes>;
template class BasicBlockArena<FineSizes>;

}  // namespace souk::recommendations
