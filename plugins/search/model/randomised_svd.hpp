// The largest singular values of a sparse matrix and their right vectors, by random projection
// (Halko, Martinsson, Tropp, SIAM Review 53, 2011, algorithms 4.4 and 5.1): a few passes over the
// matrix instead of its decomposition.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace souk::search {

/// Rows one after another: entry i of row r lies in [begin[r], begin[r + 1]).
struct SparseRows {
  std::uint32_t columns = 0;
  std::vector<std::size_t> begin = {0};
  std::vector<std::uint32_t> column;
  std::vector<float> value;

  [[nodiscard]] std::size_t rows() const { return begin.size() - 1; }
  void add(std::uint32_t at, float what) {
    column.push_back(at);
    value.push_back(what);
  }
  void end_row() { begin.push_back(column.size()); }
};

struct SvdOptions {
  std::uint32_t rank = 64;       ///< singular values wanted
  std::uint32_t oversample = 8;  ///< directions tried beyond them
  std::uint32_t iterations = 2;  ///< power iterations: each costs two passes
  std::uint64_t seed = 1;        ///< same matrix, same seed: same result on the same machine
  /// Asked often. True: give up.
  std::function<bool()> cancelled = [] { return false; };
  /// Asked between passes. True: no further power iteration.
  std::function<bool()> hurried = [] { return false; };
  std::function<void(double)> progress = [](double) {};
};

using DenseRows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Svd {
  DenseRows right;         ///< columns × found: right singular vectors, orthonormal
  Eigen::VectorXf values;  ///< largest first, all above zero; may be fewer than wanted
};

/// False when cancelled. Memory: (rows + 2 · columns) · (rank + oversample) floats. One thread.
[[nodiscard]] bool truncated_svd(const SparseRows& matrix, const SvdOptions& options, Svd& out);

}  // namespace souk::search
