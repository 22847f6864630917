// The inner loops of the closed forms: products of dense matrices.
//
// Eigen chooses its instructions when it is compiled, and the project is compiled for any x86-64;
// these choose when they run: AVX-512, AVX2 with FMA, or what every machine has. A BLAS would too,
// but starts threads when its library is loaded, which a plugin must not.
#pragma once

#include <cstddef>
#include <string_view>

#include "plugins/recommendations/model/aligned_array.hpp"

namespace souk::recommendations {

/// A matrix somewhere in memory: element (i, j) is data[i · row_stride + j · column_stride].
struct Strided {
  const float* data;
  std::size_t row_stride;
  std::size_t column_stride;
};

/// Sizes of the tile of C that stays in registers; both divide kTile on every machine.
struct DenseKernels {
  std::string_view name;  ///< "avx512", "avx2" or "portable"
  std::size_t rows;
  std::size_t columns;
  /// C[rows × columns] += sign · A · B: A packed k × rows, B packed k × columns.
  void (*tile)(std::size_t k, const float* a, const float* b, float* c, std::size_t stride,
               float sign);
  float (*dot)(const float* a, const float* b, std::size_t width);  ///< width a multiple of 16
};

/// Rows and columns of the blocks that matrices are cut into.
inline constexpr std::size_t kTile = 288;

/// The best kernels of this machine. Any thread.
[[nodiscard]] const DenseKernels& dense_kernels();
/// Those of a name, null when this machine has none; for tests and comparisons.
[[nodiscard]] const DenseKernels* dense_kernels(std::string_view name);

/// Packs `rows` × `k` of A for product(): panels of kernels.rows rows, k after k, padded with
/// zeros. `into` holds packed_rows(rows) · k floats.
void pack_rows(const DenseKernels& kernels, const Strided& a, std::size_t rows, std::size_t k,
               float* into);
/// Packs `k` × `columns` of B: panels of kernels.columns columns. `into` holds
/// packed_columns(columns) · k floats.
void pack_columns(const DenseKernels& kernels, const Strided& b, std::size_t k, std::size_t columns,
                  float* into);
[[nodiscard]] std::size_t packed_rows(const DenseKernels& kernels, std::size_t rows);
[[nodiscard]] std::size_t packed_columns(const DenseKernels& kernels, std::size_t columns);

/// C (rows × columns, row-major with `stride`) += sign · A · B of packed operands.
void product(const DenseKernels& kernels, std::size_t rows, std::size_t columns, std::size_t k,
             const float* a, const float* b, float* c, std::size_t stride, float sign);

}  // namespace souk::recommendations
