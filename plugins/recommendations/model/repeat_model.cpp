#include "plugins/recommendations/model/repeat_model.hpp"

#include <algorithm>

#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {
namespace {
// One hit in a hundred before anything has been seen: a repeat then ranks below any neighbour.
constexpr double kPriorHits = 1;
constexpr double kPriorSeen = 100;
}  // namespace

std::uint32_t RepeatModel::index(std::uint32_t distinct, std::uint32_t gap) {
  const std::uint32_t d = std::clamp(distinct, 1u, kMostItems) - 1;
  return d * kMostItems + std::min(gap, kMostItems - 1);
}

void RepeatModel::observe(std::span<const ItemId> distinct, ItemId item) {
  if (distinct.empty()) return;
  add(clicks_);
  const auto count = static_cast<std::uint32_t>(distinct.size());
  for (std::uint32_t gap = 0; gap < count; ++gap) {
    Cell& cell = cells_[index(count, gap)];
    add(cell.seen);
    if (distinct[gap] != item) continue;
    add(cell.hits);
    add(repeats_);
  }
}

double RepeatModel::probability(std::uint32_t distinct, std::uint32_t gap) const {
  const Cell& cell = cells_[index(distinct, gap)];
  const auto seen = static_cast<double>(cell.seen.load(std::memory_order_relaxed));
  const auto hits = static_cast<double>(cell.hits.load(std::memory_order_relaxed));
  return std::min(1.0, (hits + kPriorHits) / (seen + kPriorSeen));
}

void RepeatModel::save(SnapshotWriter& out) const {
  out.u64(clicks());
  out.u64(repeats());
  for (const Cell& cell : cells_) {
    out.u64(cell.seen.load(std::memory_order_relaxed));
    out.u64(cell.hits.load(std::memory_order_relaxed));
  }
}

void RepeatModel::load(SnapshotReader& in) {
  clicks_.store(in.u64(), std::memory_order_relaxed);
  repeats_.store(in.u64(), std::memory_order_relaxed);
  for (Cell& cell : cells_) {
    const std::uint64_t seen = in.u64();
    const std::uint64_t hits = in.u64();
    if (hits > seen) in.fail("more repeats than clicks");
    cell.seen.store(seen, std::memory_order_relaxed);
    cell.hits.store(hits, std::memory_order_relaxed);
  }
}

std::uint32_t distinct_newest_first(std::span<const ItemId> session, std::uint32_t most,
                                    ItemId* out) {
  std::uint32_t size = 0;
  for (auto at = session.rbegin(); at != session.rend() && size < most; ++at) {
    if (*at != kNoItem && std::find(out, out + size, *at) == out + size) out[size++] = *at;
  }
  return size;
}

}  // namespace souk::recommendations
