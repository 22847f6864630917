#include "plugins/recommendations/model/factor_weights.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "plugins/recommendations/model/dense_kernels.hpp"

namespace souk::recommendations {
namespace {

constexpr std::uint32_t kRowsAtOnce = 48;

/// The diagonal between the factors, by λ of a typical person.
std::vector<float> between(std::span<const float> gram, std::uint32_t items, const AlsParameters& p,
                           double mean_cells) {
  const double l2 = p.l2 * std::pow(mean_cells + p.unobserved * items, p.frequency_power);
  std::vector<float> made(gram.size());
  for (std::size_t j = 0; j < made.size(); ++j) {
    made[j] = static_cast<float>(
        1 /
        ((p.unobserved + mean_cells / std::max(1u, items)) * static_cast<double>(gram[j]) + l2));
  }
  return made;
}

}  // namespace

Result<std::unique_ptr<ItemWeights>> weights_of_factors(Factors& items,
                                                        const std::vector<ItemId>& ids,
                                                        const AlsParameters& parameters,
                                                        double mean_cells, std::uint32_t widest,
                                                        Crew& crew) {
  const Status cancelled(Code::cancelled, "the training was cancelled");
  const std::vector<float> gram = diagonalise(items, nullptr, crew);
  if (gram.empty()) return cancelled;
  const std::vector<float> middle = between(gram, items.rows, parameters, mean_cells);
  const DenseKernels& kernels = dense_kernels();
  const std::size_t width = items.width;
  AlignedFloats right(packed_columns(kernels, items.rows) * width);
  pack_columns(kernels, {items.floats.data(), 1, width}, width, items.rows, right.data());
  auto weights = std::make_unique<ItemWeights>(ids, widest);
  struct Part {
    AlignedFloats scaled, left, block;
  };
  std::vector<Part> parts(crew.size());
  for (Part& part : parts) {
    part.scaled = AlignedFloats(kRowsAtOnce * width);
    part.left = AlignedFloats(packed_rows(kernels, kRowsAtOnce) * width);
    part.block = AlignedFloats(kRowsAtOnce * std::size_t{items.rows});
  }
  const std::size_t blocks = (items.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  const bool whole = crew.each(blocks, [&](std::size_t at, unsigned member) {
    Part& part = parts[member];
    const auto begin = static_cast<std::uint32_t>(at) * kRowsAtOnce;
    const std::uint32_t rows = std::min(kRowsAtOnce, items.rows - begin);
    for (std::uint32_t row = 0; row < rows; ++row) {
      for (std::size_t j = 0; j < width; ++j)
        part.scaled.data()[row * width + j] = items.row(begin + row)[j] * middle[j];
    }
    pack_rows(kernels, {part.scaled.data(), width, 1}, rows, width, part.left.data());
    float* block = part.block.data();
    std::fill_n(block, std::size_t{rows} * items.rows, 0.0f);
    product(kernels, rows, items.rows, width, part.left.data(), right.data(), block, items.rows, 1);
    for (std::uint32_t row = 0; row < rows; ++row)
      weights->set_row(begin + row, {block + std::size_t{row} * items.rows, items.rows});
  });
  if (!whole) return cancelled;
  return weights;
}

}  // namespace souk::recommendations
