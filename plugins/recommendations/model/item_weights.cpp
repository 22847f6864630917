#include "plugins/recommendations/model/item_weights.hpp"

#include <algorithm>
#include <cmath>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace souk::recommendations {
namespace {

constexpr std::size_t kAtOnce = 16;  // columns

/// Whether any of kAtOnce sums is above `least`: nearly always not, and then none is looked at.
bool any_above(const float* sums, float least) {
#if defined(__SSE2__)
  const __m128 most = _mm_max_ps(_mm_max_ps(_mm_loadu_ps(sums), _mm_loadu_ps(sums + 4)),
                                 _mm_max_ps(_mm_loadu_ps(sums + 8), _mm_loadu_ps(sums + 12)));
  return _mm_movemask_ps(_mm_cmpgt_ps(most, _mm_set1_ps(least))) != 0;
#else
  return std::any_of(sums, sums + kAtOnce, [least](float sum) { return sum > least; });
#endif
}

}  // namespace

ItemWeights::ItemWeights(std::vector<ItemId> items, std::uint32_t widest)
    : items_(std::move(items)),
      widest_(std::max<std::uint32_t>(
          1, std::min<std::uint32_t>(widest, static_cast<std::uint32_t>(items_.size())))),
      sizes_(items_.size()),
      targets_(items_.size() * widest_),
      weights_(items_.size() * widest_) {
  ItemId last = 0;
  for (const ItemId item : items_)
    last = std::max(last, item);
  column_of_.assign(items_.empty() ? 0 : last + std::size_t{1}, kNoItem);
  for (std::uint32_t column = 0; column < items_.size(); ++column)
    column_of_[items_[column]] = column;
}

void ItemWeights::set_row(std::uint32_t row, std::span<const float> weights) {
  thread_local std::vector<std::uint32_t> order;
  order.clear();
  const auto larger = [&](std::uint32_t a, std::uint32_t b) {
    const float left = std::abs(weights[a]);
    const float right = std::abs(weights[b]);
    return left != right ? left > right : a < b;
  };
  const auto keep_largest = [&] {
    if (order.size() <= widest_) return 0.0f;
    std::nth_element(order.begin(), order.begin() + widest_ - 1, order.end(), larger);
    order.resize(widest_);
    return std::abs(weights[order.back()]);
  };
  // Whatever does not reach the smallest of those kept so far is passed over at one comparison.
  const std::size_t room = std::size_t{widest_} * 2 + 64;
  float least = 0;
  for (std::uint32_t column = 0; column < weights.size(); ++column) {
    if (!(std::abs(weights[column]) > least) || column == row) continue;
    if (!std::isfinite(weights[column])) continue;
    order.push_back(column);
    if (order.size() >= room) least = keep_largest();
  }
  keep_largest();
  std::sort(order.begin(), order.end());
  const std::size_t begin = std::size_t{row} * widest_;
  for (std::size_t at = 0; at < order.size(); ++at) {
    targets_[begin + at] = order[at];
    weights_[begin + at] = weights[order[at]];
  }
  sizes_[row] = static_cast<std::uint32_t>(order.size());
}

void ItemWeights::predict(std::span<const ItemId> history, std::size_t k,
                          ItemWeightsScratch& scratch, std::vector<Candidate>& out) const {
  out.clear();
  scratch.columns.clear();
  for (const ItemId item : history) {
    const std::uint32_t column = column_of(item);
    if (column != kNoItem) scratch.columns.push_back(column);
  }
  if (scratch.columns.empty() || k == 0) return;
  scratch.sums.assign((items_.size() + kAtOnce - 1) / kAtOnce * kAtOnce, 0);
  float* sums = scratch.sums.data();
  for (const std::uint32_t row : scratch.columns) {
    const std::size_t begin = std::size_t{row} * widest_;
    const std::uint32_t* targets = targets_.data() + begin;
    const float* weights = weights_.data() + begin;
    const std::uint32_t size = sizes_[row];
    for (std::uint32_t at = 0; at < size; ++at)
      sums[targets[at]] += weights[at];
  }
  for (const std::uint32_t row : scratch.columns)
    sums[row] = 0;

  const auto better = [sums](std::uint32_t a, std::uint32_t b) {
    return sums[a] != sums[b] ? sums[a] > sums[b] : a < b;
  };
  // Whatever does not reach the k-th best of those before it is passed over at one comparison.
  std::vector<std::uint32_t>& best = scratch.best;
  best.clear();
  const std::size_t room = 2 * k + 64;
  float least = 0;
  const auto columns = static_cast<std::uint32_t>(items_.size());
  for (std::uint32_t column = 0; column < columns; ++column) {
    if (column % kAtOnce == 0 && !any_above(sums + column, least)) {
      column += kAtOnce - 1;
      continue;
    }
    if (sums[column] <= least) continue;
    best.push_back(column);
    if (best.size() < room) continue;
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(k) - 1, best.end(),
                     better);
    best.resize(k);
    least = sums[best.back()];
  }
  std::sort(best.begin(), best.end(), better);
  if (best.size() > k) best.resize(k);
  const auto support = static_cast<std::uint32_t>(scratch.columns.size());
  for (const std::uint32_t column : best)
    out.push_back({items_[column], sums[column], support, kNoItem, false});
}

float ItemWeights::weight(ItemId i, ItemId j) const {
  const std::uint32_t row = column_of(i);
  const std::uint32_t column = column_of(j);
  if (row == kNoItem || column == kNoItem) return 0;
  const auto begin = targets_.begin() + static_cast<std::ptrdiff_t>(std::size_t{row} * widest_);
  const auto end = begin + sizes_[row];
  const auto found = std::lower_bound(begin, end, column);
  if (found == end || *found != column) return 0;
  return weights_[static_cast<std::size_t>(found - targets_.begin())];
}

ItemId ItemWeights::because(std::span<const ItemId> history, ItemId item) const {
  ItemId strongest = kNoItem;
  float most = 0;
  for (const ItemId had : history) {
    const float says = weight(had, item);
    if (says > most) {
      most = says;
      strongest = had;
    }
  }
  return strongest;
}

std::size_t ItemWeights::memory_bytes() const {
  return (items_.size() + column_of_.size() + sizes_.size() + targets_.size()) *
             sizeof(std::uint32_t) +
         weights_.size() * sizeof(float);
}

}  // namespace souk::recommendations
