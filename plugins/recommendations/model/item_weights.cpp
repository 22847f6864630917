#include "plugins/recommendations/model/item_weights.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "plugins/recommendations/model/vectors.hpp"

namespace souk::recommendations {
namespace {

constexpr std::size_t kAtOnce = 16;  // columns
constexpr std::size_t kCellsOfLine = 16;
constexpr std::size_t kRowsAhead = 8;
constexpr std::size_t kLanes = 4;  // what every machine has
using Floats = Lanes<kLanes>::Floats;
using Words = Lanes<kLanes>::Words;
typedef std::int32_t Integers __attribute__((vector_size(kLanes * 4)));

/// Bit i: sums[i] is above `least`, for kAtOnce of them. Nearly always none is.
std::uint32_t which_above(const float* sums, float least) {
#if defined(__SSE2__)
  const __m128 bar = _mm_set1_ps(least);
  const auto four = [&](int at) {
    return _mm_castps_si128(_mm_cmpgt_ps(_mm_loadu_ps(sums + at), bar));
  };
  const __m128i low = _mm_packs_epi32(four(0), four(4));
  const __m128i high = _mm_packs_epi32(four(8), four(12));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
#else
  std::uint32_t above = 0;
  for (std::size_t i = 0; i < kAtOnce; ++i)
    above |= sums[i] > least ? 1u << i : 0u;
  return above;
#endif
}

/// Larger is better: a positive sum's bits, which order as it does, then the smaller column.
std::uint64_t key_of(float sum, std::uint32_t column) {
  return std::uint64_t{std::bit_cast<std::uint32_t>(sum)} << 32 | (0xffffffffu - column);
}
std::uint32_t column_of_key(std::uint64_t key) {
  return 0xffffffffu - static_cast<std::uint32_t>(key);
}
float sum_of_key(std::uint64_t key) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32));
}

void keep_best(std::vector<std::uint64_t>& best, std::size_t k) {
  if (best.size() <= k) return;
  std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(k) - 1, best.end(),
                   std::greater<>());
  best.resize(k);
}

}  // namespace

ItemWeights::ItemWeights(std::vector<ItemId> items, std::uint32_t widest)
    : items_(std::move(items)), widest_(widest) {
  if (items_.size() > kMostItems) items_.resize(kMostItems);
  const auto columns = static_cast<std::uint32_t>(items_.size());
  widest_ = std::max<std::uint32_t>(1, std::min(widest, columns));
  weight_bits_ = 32 - static_cast<std::uint32_t>(std::bit_width(std::max(columns, 2u) - 1));
  sizes_.resize(columns);
  units_.resize(columns);
  cells_ = AlignedArray<std::uint32_t>(std::size_t{columns} * widest_);
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
  const std::size_t columns = std::min(weights.size(), items_.size());
  float least = 0;
  for (std::uint32_t column = 0; column < columns; ++column) {
    if (!(std::abs(weights[column]) > least) || column == row) continue;
    if (!std::isfinite(weights[column])) continue;
    order.push_back(column);
    if (order.size() >= room) least = keep_largest();
  }
  keep_largest();
  std::sort(order.begin(), order.end());
  float most = 0;
  for (const std::uint32_t column : order)
    most = std::max(most, std::abs(weights[column]));
  const auto steps = static_cast<float>((std::uint32_t{1} << (weight_bits_ - 1)) - 1);
  const float unit = most / steps;
  std::uint32_t* cell = cells_.data() + std::size_t{row} * widest_;
  for (const std::uint32_t column : order) {
    const auto weight = static_cast<std::int32_t>(std::lround(weights[column] / most * steps));
    const std::uint32_t bits =
        static_cast<std::uint32_t>(weight) & ((std::uint32_t{1} << weight_bits_) - 1);
    *cell++ = column << weight_bits_ | bits;
  }
  sizes_[row] = static_cast<std::uint32_t>(order.size());
  units_[row] = unit;
}

float ItemWeights::weight_of(std::uint32_t cell, float unit) const {
  const std::uint32_t shift = 32 - weight_bits_;
  return unit * static_cast<float>(static_cast<std::int32_t>(cell << shift) >> shift);
}

/// Rows come from anywhere: they are on their way while others are added up.
void ItemWeights::fetch_row(std::uint32_t at) const {
  const std::span<const std::uint32_t> cells = row(at);
  for (std::size_t cell = 0; cell < cells.size(); cell += kCellsOfLine)
    __builtin_prefetch(cells.data() + cell);
}

void ItemWeights::add_row(std::uint32_t at, float* sums) const {
  const std::span<const std::uint32_t> cells = row(at);
  const float unit = units_[at];
  const auto shift = static_cast<std::int32_t>(32 - weight_bits_);
  std::size_t i = 0;
  for (; i + kLanes <= cells.size(); i += kLanes) {
    const Words four = Lanes<kLanes>::words(cells.data() + i);
    const Floats weights =
        unit * __builtin_convertvector((Integers)(four << shift) >> shift, Floats);
    const Words columns = four >> weight_bits_;
    sums[columns[0]] += weights[0];
    sums[columns[1]] += weights[1];
    sums[columns[2]] += weights[2];
    sums[columns[3]] += weights[3];
  }
  for (; i < cells.size(); ++i)
    sums[cells[i] >> weight_bits_] += weight_of(cells[i], unit);
}

/// The keys of the k largest positive sums, best first.
void ItemWeights::select(std::size_t k, ItemWeightsScratch& scratch) const {
  const float* sums = scratch.sums.data();
  std::vector<std::uint64_t>& best = scratch.best;
  best.clear();
  // Whatever does not reach the k-th best of those before it is passed over at one comparison.
  const std::size_t room = 2 * k + 64;
  float least = 0;
  for (std::uint32_t block = 0; block < items_.size(); block += kAtOnce) {
    std::uint32_t above = which_above(sums + block, least);
    if (above == 0) continue;
    for (; above != 0; above &= above - 1) {
      const std::uint32_t column = block + static_cast<std::uint32_t>(std::countr_zero(above));
      best.push_back(key_of(sums[column], column));
    }
    if (best.size() < room) continue;
    keep_best(best, k);
    least = sum_of_key(best.back());
  }
  keep_best(best, k);
  std::sort(best.begin(), best.end(), std::greater<>());
}

void ItemWeights::predict(std::span<const ItemId> history, std::size_t k,
                          ItemWeightsScratch& scratch, std::vector<Candidate>& out) const {
  out.clear();
  scratch.columns.clear();
  for (const ItemId item : history) {
    const std::uint32_t column = column_of(item);
    if (column == kNoItem) continue;
    if (scratch.columns.size() < kRowsAhead) fetch_row(column);
    scratch.columns.push_back(column);
  }
  if (scratch.columns.empty() || k == 0) return;
  scratch.sums.assign((items_.size() + kAtOnce - 1) / kAtOnce * kAtOnce, 0);
  for (std::size_t at = 0; at < scratch.columns.size(); ++at) {
    if (at + kRowsAhead < scratch.columns.size()) fetch_row(scratch.columns[at + kRowsAhead]);
    add_row(scratch.columns[at], scratch.sums.data());
  }
  for (const std::uint32_t at : scratch.columns)
    scratch.sums[at] = 0;
  select(k, scratch);
  const auto support = static_cast<std::uint32_t>(scratch.columns.size());
  for (const std::uint64_t key : scratch.best) {
    out.push_back({items_[column_of_key(key)], static_cast<double>(sum_of_key(key)), support,
                   kNoItem, false});
  }
}

void ItemWeights::give_reasons(std::span<const ItemId> history, ItemWeightsScratch& scratch,
                               std::span<Candidate> candidates) const {
  // Of each column the candidate it belongs to, counted from 1.
  scratch.columns.assign(items_.size(), 0);
  scratch.sums.assign(candidates.size(), 0);
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    candidates[at].because = kNoItem;
    const std::uint32_t column = column_of(candidates[at].item);
    if (column != kNoItem) scratch.columns[column] = static_cast<std::uint32_t>(at + 1);
  }
  for (const ItemId had : history) {
    const std::uint32_t from = column_of(had);
    if (from == kNoItem) continue;
    for (const std::uint32_t cell : row(from)) {
      const std::uint32_t place = scratch.columns[cell >> weight_bits_];
      if (place == 0) continue;
      const float weight = weight_of(cell, units_[from]);
      if (!(weight > scratch.sums[place - 1])) continue;
      scratch.sums[place - 1] = weight;
      candidates[place - 1].because = had;
    }
  }
}

float ItemWeights::weight(ItemId i, ItemId j) const {
  const std::uint32_t from = column_of(i);
  const std::uint32_t column = column_of(j);
  if (from == kNoItem || column == kNoItem) return 0;
  const std::span<const std::uint32_t> cells = row(from);
  const auto found = std::lower_bound(cells.begin(), cells.end(), column << weight_bits_);
  if (found == cells.end() || *found >> weight_bits_ != column) return 0;
  return weight_of(*found, units_[from]);
}

std::size_t ItemWeights::memory_bytes() const {
  return (items_.size() + column_of_.size() + sizes_.size() + units_.size() + cells_.size()) *
         sizeof(std::uint32_t);
}

}  // namespace souk::recommendations
