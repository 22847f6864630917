// A large symmetric matrix that holds one half of itself, and its inverse in place.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "plugins/recommendations/model/crew.hpp"
#include "plugins/recommendations/model/dense_kernels.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// n × n floats in tiles of kTile × kTile, the lower ones and those of the diagonal: 2 n² bytes and
/// a little (0.8 GB for 20,000). Tiles of the diagonal hold both their halves.
///
/// Threads: rows of different tile rows may be written together; otherwise one at a time.
class SymmetricMatrix {
 public:
  /// All zero. Throws std::bad_alloc.
  explicit SymmetricMatrix(std::size_t n);

  [[nodiscard]] std::size_t size() const { return n_; }
  [[nodiscard]] std::size_t tiles() const { return tiles_; }
  /// Bytes of a matrix of this size.
  [[nodiscard]] static std::size_t bytes(std::size_t n);

  /// Element (i, j) for j <= i, or for both within one tile of the diagonal.
  [[nodiscard]] float& lower(std::size_t i, std::size_t j);
  [[nodiscard]] float at(std::size_t i, std::size_t j) const;
  /// Writes row `i` up to its diagonal, from `row[0 … i]`.
  void set_lower(std::size_t i, std::span<const float> row);
  /// The whole of row `i`, n floats.
  void get_row(std::size_t i, std::span<float> row) const;

  /// A ← A⁻¹ for a positive definite A. FAILED_PRECONDITION when it is not (A is destroyed then),
  /// CANCELLED when the crew is. `progress` gets shares from 0 to 1 on the caller's thread.
  ///
  /// Block Gauss–Jordan: the sweep operator (Goodnight, The American Statistician 33(3), 1979) on
  /// tiles. n³ operations, as Cholesky and its inverse take, but in one uniform pass: each tile is
  /// updated by one product a step, so all cores are busy all the time. Rows and columns are scaled
  /// to a diagonal of 1 before, which is what keeps single precision enough for counts that span
  /// five orders of magnitude.
  [[nodiscard]] Status invert(Crew& crew, const std::function<void(double)>& progress = nullptr);

 private:
  [[nodiscard]] float* tile(std::size_t i, std::size_t j) {
    return floats_.data() + (i * (i + 1) / 2 + j) * kTile * kTile;
  }
  [[nodiscard]] const float* tile(std::size_t i, std::size_t j) const {
    return floats_.data() + (i * (i + 1) / 2 + j) * kTile * kTile;
  }
  struct Step;
  [[nodiscard]] bool scale(Crew& crew, std::span<const float> factors, float sign);
  [[nodiscard]] Status sweep(std::size_t k, Step& step, Crew& crew);
  void fill_padding();

  std::size_t n_;
  std::size_t tiles_;
  AlignedFloats floats_;
};

}  // namespace souk::recommendations
