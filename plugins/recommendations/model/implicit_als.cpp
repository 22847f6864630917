#include "plugins/recommendations/model/implicit_als.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "plugins/recommendations/model/dense_kernels.hpp"

namespace souk::recommendations {
namespace {

constexpr std::uint32_t kRowsOfProduct = 288;  // of a product
constexpr std::size_t kCellsAtOnce = 16'384;   // of a turn of solving
// Products with a matrix's own transpose are made in squares of so many columns, those of one half
// only; a multiple of every kernel's rows and columns.
constexpr std::size_t kSquare = 96;
constexpr float kFirstNorm = 0.1f;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::uint32_t blocks_of(std::uint32_t rows) { return (rows + kRowsOfProduct - 1) / kRowsOfProduct; }

/// factorsᵀ · factors.
RowMajor gram_of(const Factors& factors, Crew& crew) {
  const DenseKernels& kernels = dense_kernels();
  const std::size_t width = factors.width;
  const auto size = static_cast<Eigen::Index>(width);
  struct Part {
    RowMajor sum;
    AlignedFloats left, right;
  };
  std::vector<Part> parts(crew.size());
  crew.each(blocks_of(factors.rows), [&](std::size_t block, unsigned member) {
    Part& part = parts[member];
    if (part.sum.size() == 0) {
      part.sum.setZero(size, size);
      part.left = AlignedFloats(packed_rows(kernels, width) * kRowsOfProduct);
      part.right = AlignedFloats(packed_columns(kernels, width) * kRowsOfProduct);
    }
    const auto begin = static_cast<std::uint32_t>(block) * kRowsOfProduct;
    const std::uint32_t rows = std::min(kRowsOfProduct, factors.rows - begin);
    const float* data = factors.row(begin);
    pack_rows(kernels, {data, 1, width}, width, rows, part.left.data());
    pack_columns(kernels, {data, width, 1}, rows, width, part.right.data());
    for (std::size_t column = 0; column < width; column += kSquare) {
      const std::size_t end = std::min(column + kSquare, width);
      product(kernels, end, end - column, rows, part.left.data(), part.right.data() + column * rows,
              part.sum.data() + column, width, 1);
    }
  });
  RowMajor gram = RowMajor::Zero(size, size);
  for (const Part& part : parts) {
    if (part.sum.size() != 0) gram += part.sum;
  }
  gram.triangularView<Eigen::StrictlyLower>() = gram.transpose();
  return gram;
}

/// factors ← factors · turn.
void turn_by(Factors& factors, const RowMajor& turn, Crew& crew) {
  const DenseKernels& kernels = dense_kernels();
  const std::size_t width = factors.width;
  AlignedFloats right(packed_columns(kernels, width) * width);
  pack_columns(kernels, {turn.data(), width, 1}, width, width, right.data());
  std::vector<AlignedFloats> lefts(crew.size());
  crew.each(blocks_of(factors.rows), [&](std::size_t block, unsigned member) {
    AlignedFloats& left = lefts[member];
    if (left.size() == 0) left = AlignedFloats(packed_rows(kernels, kRowsOfProduct) * width);
    const auto begin = static_cast<std::uint32_t>(block) * kRowsOfProduct;
    const std::uint32_t rows = std::min(kRowsOfProduct, factors.rows - begin);
    float* data = factors.row(begin);
    pack_rows(kernels, {data, width, 1}, rows, width, left.data());
    std::memset(data, 0, rows * width * sizeof(float));
    product(kernels, rows, width, width, left.data(), right.data(), data, width, 1);
  });
}

bool round_rows(const Factors& factors, HalfRows& rounded, Crew& crew) {
  return crew.each(blocks_of(factors.rows), [&](std::size_t block, unsigned) {
    const auto begin = static_cast<std::uint32_t>(block) * kRowsOfProduct;
    for (std::uint32_t row = begin; row < std::min(begin + kRowsOfProduct, factors.rows); ++row)
      rounded.set(row, factors.row(row));
  });
}

/// What the factors of `row` solve, `others` rows on the other side.
AlsEquation equation_of(const SparseRows& cells, std::uint32_t row, const HalfRows& rounded,
                        std::uint32_t others, const float* gram, const AlsParameters& p) {
  const auto ids = cells.row(row);
  const auto size = static_cast<double>(ids.size());
  return {
      .rows = {rounded, ids.data(), ids.size(), true},
      .worth = cells.row_values(row).data(),
      .unobserved = static_cast<float>(p.unobserved),
      .l2 = static_cast<float>(p.l2 * std::pow(size + p.unobserved * others, p.frequency_power)),
      .typical = static_cast<float>(size / std::max(1u, others)),
      .gram = gram};
}

/// Ranges of rows with about as many cells each.
std::vector<std::uint32_t> even_ranges(const SparseRows& cells) {
  std::vector<std::uint32_t> begins{0};
  std::size_t taken = 0;
  for (std::uint32_t row = 0; row < cells.rows(); ++row) {
    taken += cells.row(row).size() + 1;
    if (taken < kCellsAtOnce) continue;
    begins.push_back(row + 1);
    taken = 0;
  }
  if (begins.back() != cells.rows()) begins.push_back(cells.rows());
  return begins;
}

double penalty(const SparseRows& cells, const Factors& factors, std::uint32_t others,
               const AlsParameters& p) {
  double sum = 0;
  for (std::uint32_t row = 0; row < cells.rows(); ++row) {
    const float* mine = factors.row(row);
    const double norm = static_cast<double>(dense_kernels().dot(mine, mine, factors.width));
    sum += std::pow(static_cast<double>(cells.row(row).size()) + p.unobserved * others,
                    p.frequency_power) *
           norm;
  }
  return p.l2 * sum;
}

}  // namespace

ImplicitAls::ImplicitAls(const SparseRows& people, const SparseRows& items,
                         const AlsParameters& parameters)
    : people_cells_(people),
      item_cells_(items),
      parameters_(parameters),
      people_factors_(people.rows(), (parameters.factors + HalfRows::kBlock - 1) /
                                         HalfRows::kBlock * HalfRows::kBlock),
      item_factors_(items.rows(), people_factors_.width),
      rounded_(std::max(people.rows(), items.rows()), people_factors_.width) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(
      0, kFirstNorm / std::sqrt(static_cast<float>(parameters.factors)));
  for (std::uint32_t item = 0; item < item_factors_.rows; ++item) {
    float* row = item_factors_.row(item);
    for (std::uint32_t factor = 0; factor < parameters.factors; ++factor)
      row[factor] = normal(random);
  }
}

bool ImplicitAls::set_items(const Factors& items) {
  if (items.rows != item_factors_.rows || items.width != item_factors_.width) return false;
  std::memcpy(item_factors_.floats.data(), items.floats.data(),
              items.rows * items.width * sizeof(float));
  return true;
}

std::vector<float> diagonalise(Factors& factors, Factors* along, Crew& crew) {
  const RowMajor gram = gram_of(factors, crew);
  if (crew.cancelled()) return {};
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> eigen(gram);
  const RowMajor turn = eigen.eigenvectors();
  turn_by(factors, turn, crew);
  if (along != nullptr) turn_by(*along, turn, crew);
  std::vector<float> values(factors.width);
  for (std::size_t j = 0; j < values.size(); ++j)
    values[j] = std::max(0.0f, eigen.eigenvalues()(static_cast<Eigen::Index>(j)));
  return values;
}

bool ImplicitAls::solve(const SparseRows& cells, Factors& mine, Factors& others, Crew& crew) {
  const std::vector<float> gram = diagonalise(others, &mine, crew);
  if (gram.empty() || !round_rows(others, rounded_, crew)) return false;
  const std::vector<std::uint32_t> begins = even_ranges(cells);
  std::vector<AlsScratch> scratches;
  for (unsigned member = 0; member < crew.size(); ++member)
    scratches.emplace_back(mine.width);
  const SolveRow solve_one = solve_row();
  return crew.each(begins.size() - 1, [&](std::size_t range, unsigned member) {
    for (std::uint32_t row = begins[range]; row < begins[range + 1]; ++row) {
      const AlsEquation equation =
          equation_of(cells, row, rounded_, others.rows, gram.data(), parameters_);
      solve_one(equation, parameters_.steps, mine.row(row), scratches[member]);
    }
  });
}

bool ImplicitAls::iterate(Crew& crew) {
  return solve(people_cells_, people_factors_, item_factors_, crew) &&
         solve(item_cells_, item_factors_, people_factors_, crew);
}

double ImplicitAls::objective() const {
  const DenseKernels& kernels = dense_kernels();
  double observed = 0;
  for (std::uint32_t person = 0; person < people_cells_.rows(); ++person) {
    const auto items = people_cells_.row(person);
    const auto worth = people_cells_.row_values(person);
    for (std::size_t at = 0; at < items.size(); ++at) {
      const double error =
          static_cast<double>(kernels.dot(people_factors_.row(person), item_factors_.row(items[at]),
                                          people_factors_.width)) -
          1;
      observed += static_cast<double>(worth[at]) * error * error;
    }
  }
  Crew alone(1);
  const RowMajor people = gram_of(people_factors_, alone);
  const RowMajor items = gram_of(item_factors_, alone);
  const double all = people.cast<double>().cwiseProduct(items.cast<double>()).sum();
  return observed + parameters_.unobserved * all +
         penalty(people_cells_, people_factors_, item_factors_.rows, parameters_) +
         penalty(item_cells_, item_factors_, people_factors_.rows, parameters_);
}

}  // namespace souk::recommendations
