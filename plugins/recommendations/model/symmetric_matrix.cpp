#include "plugins/recommendations/model/symmetric_matrix.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

namespace souk::recommendations {
namespace {

constexpr std::size_t kTileFloats = kTile * kTile;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::size_t tiles_for(std::size_t n) { return (n + kTile - 1) / kTile; }

/// The tiles of a triangle, numbered row by row.
struct Place {
  std::size_t i, j;
};
Place place_of(std::size_t number) {
  auto i = static_cast<std::size_t>((std::sqrt(8.0 * static_cast<double>(number) + 1) - 1) / 2);
  while (i * (i + 1) / 2 > number)
    --i;
  while ((i + 1) * (i + 2) / 2 <= number)
    ++i;
  return {i, number - i * (i + 1) / 2};
}

}  // namespace

/// What one step of the sweep shares: column k of tiles, before and after.
struct SymmetricMatrix::Step {
  explicit Step(std::size_t tiles)
      : before(tiles * kTileFloats), after(tiles * kTileFloats), pivot(kTileFloats) {}
  AlignedFloats before;  ///< A_jk' of each j, packed as the right factor
  AlignedFloats after;   ///< A_ik A_kk⁻¹ of each i, packed as the left factor
  AlignedFloats pivot;   ///< A_kk⁻¹, packed as the right factor
  RowMajor inverse;
};

SymmetricMatrix::SymmetricMatrix(std::size_t n)
    : n_(n), tiles_(tiles_for(n)), floats_(tiles_ * (tiles_ + 1) / 2 * kTileFloats) {}

std::size_t SymmetricMatrix::bytes(std::size_t n) {
  const std::size_t tiles = tiles_for(n);
  // With the packed column that an inversion needs.
  return (tiles * (tiles + 1) / 2 + 2 * tiles) * kTileFloats * sizeof(float);
}

float& SymmetricMatrix::lower(std::size_t i, std::size_t j) {
  return tile(i / kTile, j / kTile)[i % kTile * kTile + j % kTile];
}

float SymmetricMatrix::at(std::size_t i, std::size_t j) const {
  if (j / kTile > i / kTile) std::swap(i, j);
  return tile(i / kTile, j / kTile)[i % kTile * kTile + j % kTile];
}

void SymmetricMatrix::set_lower(std::size_t i, std::span<const float> row) {
  const std::size_t line = i % kTile;
  for (std::size_t t = 0; t <= i / kTile; ++t) {
    const std::size_t width = std::min(kTile, i + 1 - t * kTile);
    std::copy_n(row.data() + t * kTile, width, tile(i / kTile, t) + line * kTile);
  }
  float* diagonal = tile(i / kTile, i / kTile);
  for (std::size_t j = 0; j < line; ++j)
    diagonal[j * kTile + line] = diagonal[line * kTile + j];
}

void SymmetricMatrix::get_row(std::size_t i, std::span<float> row) const {
  const std::size_t home = i / kTile;
  const std::size_t line = i % kTile;
  for (std::size_t t = 0; t < tiles_; ++t) {
    const std::size_t width = std::min(kTile, n_ - t * kTile);
    float* into = row.data() + t * kTile;
    if (t <= home) {
      std::copy_n(tile(home, t) + line * kTile, width, into);
      continue;
    }
    const float* column = tile(t, home) + line;
    for (std::size_t j = 0; j < width; ++j)
      into[j] = column[j * kTile];
  }
}

/// Beyond n the matrix is the identity, so that every tile is whole.
void SymmetricMatrix::fill_padding() {
  float* last = tile(tiles_ - 1, tiles_ - 1);
  for (std::size_t i = n_; i < tiles_ * kTile; ++i)
    last[i % kTile * (kTile + 1)] = 1;
}

bool SymmetricMatrix::scale(Crew& crew, std::span<const float> factors, float sign) {
  return crew.each(tiles_ * (tiles_ + 1) / 2, [&](std::size_t number, unsigned) {
    const Place place = place_of(number);
    float* values = tile(place.i, place.j);
    const float* across = factors.data() + place.j * kTile;
    for (std::size_t r = 0; r < kTile; ++r, values += kTile) {
      const float down = sign * factors[place.i * kTile + r];
      for (std::size_t c = 0; c < kTile; ++c)
        values[c] *= down * across[c];
    }
  });
}

Status SymmetricMatrix::sweep(std::size_t k, Step& step, Crew& crew) {
  const DenseKernels& kernels = dense_kernels();
  Eigen::Map<RowMajor> pivot(tile(k, k), kTile, kTile);
  const Eigen::LLT<RowMajor> factors(pivot);
  if (factors.info() != Eigen::Success) {
    return Status(Code::failed_precondition, "the matrix is not positive definite");
  }
  step.inverse = factors.solve(RowMajor::Identity(kTile, kTile));
  pack_columns(kernels, {step.inverse.data(), kTile, 1}, kTile, kTile, step.pivot.data());

  // The column of tiles below and, transposed, the row of tiles before the pivot.
  crew.each(tiles_, [&](std::size_t i, unsigned) {
    if (i == k) return;
    float* block = i > k ? tile(i, k) : tile(k, i);
    const Strided column = i > k ? Strided{block, kTile, 1} : Strided{block, 1, kTile};
    float* before = step.before.data() + i * kTileFloats;
    float* after = step.after.data() + i * kTileFloats;
    pack_columns(kernels, {column.data, column.column_stride, column.row_stride}, kTile, kTile,
                 before);
    pack_rows(kernels, column, kTile, kTile, after);
    thread_local RowMajor made;
    made.setZero(kTile, kTile);
    product(kernels, kTile, kTile, kTile, after, step.pivot.data(), made.data(), kTile, 1);
    pack_rows(kernels, {made.data(), kTile, 1}, kTile, kTile, after);
    Eigen::Map<RowMajor> target(block, kTile, kTile);
    if (i > k) {
      target = made;
    } else {
      target = made.transpose();
    }
  });
  // A_ij ← A_ij − A_ik A_kk⁻¹ A_kj everywhere else.
  crew.each(tiles_ * (tiles_ + 1) / 2, [&](std::size_t number, unsigned) {
    const Place place = place_of(number);
    if (place.i == k || place.j == k) return;
    product(kernels, kTile, kTile, kTile, step.after.data() + place.i * kTileFloats,
            step.before.data() + place.j * kTileFloats, tile(place.i, place.j), kTile, -1);
  });
  pivot = -step.inverse;
  return crew.cancelled() ? Status(Code::cancelled, "the inversion was cancelled") : Status();
}

Status SymmetricMatrix::invert(Crew& crew, const std::function<void(double)>& progress) {
  if (n_ == 0) return {};
  fill_padding();
  std::vector<float> factors(tiles_ * kTile);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const float diagonal = lower(i, i);
    if (!(diagonal > 0) || !std::isfinite(diagonal)) {
      return Status(Code::failed_precondition, "the matrix is not positive definite");
    }
    factors[i] = 1 / std::sqrt(diagonal);
  }
  bool whole = scale(crew, factors, 1);
  Step step(tiles_);
  for (std::size_t k = 0; whole && k < tiles_; ++k) {
    if (Status status = sweep(k, step, crew); !status.ok()) return status;
    if (progress) progress(static_cast<double>(k + 1) / static_cast<double>(tiles_));
  }
  whole = whole && scale(crew, factors, -1);  // the sweep leaves −A⁻¹
  return whole ? Status() : Status(Code::cancelled, "the inversion was cancelled");
}

}  // namespace souk::recommendations
