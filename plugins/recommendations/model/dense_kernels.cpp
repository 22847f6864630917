#include "plugins/recommendations/model/dense_kernels.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "plugins/recommendations/model/vectors.hpp"

namespace souk::recommendations {
namespace {

/// A tile of kRows × (kVectors · kLanes) sums, all of them in registers.
template <std::size_t kRows, std::size_t kVectors, std::size_t kLanes>
SOUK_INLINE void tile(std::size_t k, const float* a, const float* b, float* c, std::size_t stride,
                      float sign) {
  using L = Lanes<kLanes>;
  typename L::Floats sum[kRows][kVectors] = {};
  for (std::size_t at = 0; at < k; ++at, a += kRows, b += kVectors * kLanes) {
    typename L::Floats across[kVectors];
#pragma GCC unroll 2
    for (std::size_t j = 0; j < kVectors; ++j)
      across[j] = L::floats(b + j * kLanes);
#pragma GCC unroll 12
    for (std::size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (std::size_t j = 0; j < kVectors; ++j)
        sum[i][j] += a[i] * across[j];
    }
  }
#pragma GCC unroll 12
  for (std::size_t i = 0; i < kRows; ++i, c += stride) {
#pragma GCC unroll 2
    for (std::size_t j = 0; j < kVectors; ++j)
      L::floats(c + j * kLanes) += sign * sum[i][j];
  }
}

template <std::size_t kLanes>
SOUK_INLINE float dot(const float* a, const float* b, std::size_t width) {
  using L = Lanes<kLanes>;
  typename L::Floats sum{};
  for (std::size_t j = 0; j < width; j += kLanes)
    sum += L::floats(a + j) * L::floats(b + j);
  return sum_of<kLanes>(sum);
}

void tile_portable(std::size_t k, const float* a, const float* b, float* c, std::size_t stride,
                   float sign) {
  tile<4, 2, 4>(k, a, b, c, stride, sign);
}
float dot_portable(const float* a, const float* b, std::size_t width) {
  return dot<4>(a, b, width);
}
constexpr DenseKernels kPortable{"portable", 4, 8, tile_portable, dot_portable};

#if defined(__x86_64__)
// Twelve sums in sixteen registers.
SOUK_AVX2 void tile_avx2(std::size_t k, const float* a, const float* b, float* c,
                         std::size_t stride, float sign) {
  tile<6, 2, 8>(k, a, b, c, stride, sign);
}
SOUK_AVX2 float dot_avx2(const float* a, const float* b, std::size_t width) {
  return dot<8>(a, b, width);
}
constexpr DenseKernels kAvx2{"avx2", 6, 16, tile_avx2, dot_avx2};

// Twenty-four sums in thirty-two registers.
SOUK_AVX512 void tile_avx512(std::size_t k, const float* a, const float* b, float* c,
                             std::size_t stride, float sign) {
  tile<12, 2, 16>(k, a, b, c, stride, sign);
}
constexpr DenseKernels kAvx512{"avx512", 12, 32, tile_avx512, dot_avx2};
#endif

const DenseKernels& best() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2")) return kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kAvx2;
#endif
  return kPortable;
}

std::size_t up_to_multiple(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }

/// Panels of `width` neighbours of A's rows (or, with strides swapped, of B's columns).
void pack(const float* data, std::size_t across, std::size_t along, std::size_t count,
          std::size_t k, std::size_t width, float* into) {
  for (std::size_t begin = 0; begin < count; begin += width) {
    const std::size_t here = std::min(width, count - begin);
    const float* panel = data + begin * across;
    if (here == width && across == 1) {
      for (std::size_t at = 0; at < k; ++at, into += width)
        std::memcpy(into, panel + at * along, width * sizeof(float));
      continue;
    }
    for (std::size_t i = 0; i < here; ++i) {
      const float* line = panel + i * across;
      for (std::size_t at = 0; at < k; ++at)
        into[at * width + i] = line[at * along];
    }
    for (std::size_t i = here; i < width; ++i) {
      for (std::size_t at = 0; at < k; ++at)
        into[at * width + i] = 0;
    }
    into += width * k;
  }
}

}  // namespace

const DenseKernels& dense_kernels() {
  static const DenseKernels& chosen = best();
  return chosen;
}

const DenseKernels* dense_kernels(std::string_view name) {
  if (name == kPortable.name) return &kPortable;
#if defined(__x86_64__)
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (name == kAvx2.name && has_avx2) return &kAvx2;
  if (name == kAvx512.name && has_avx2 && __builtin_cpu_supports("avx512f")) return &kAvx512;
#endif
  return nullptr;
}

std::size_t packed_rows(const DenseKernels& kernels, std::size_t rows) {
  return up_to_multiple(rows, kernels.rows);
}

std::size_t packed_columns(const DenseKernels& kernels, std::size_t columns) {
  return up_to_multiple(columns, kernels.columns);
}

void pack_rows(const DenseKernels& kernels, const Strided& a, std::size_t rows, std::size_t k,
               float* into) {
  pack(a.data, a.row_stride, a.column_stride, rows, k, kernels.rows, into);
}

void pack_columns(const DenseKernels& kernels, const Strided& b, std::size_t k, std::size_t columns,
                  float* into) {
  pack(b.data, b.column_stride, b.row_stride, columns, k, kernels.columns, into);
}

void product(const DenseKernels& kernels, std::size_t rows, std::size_t columns, std::size_t k,
             const float* a, const float* b, float* c, std::size_t stride, float sign) {
  std::array<float, 512> edge;
  for (std::size_t j = 0; j < columns; j += kernels.columns, b += kernels.columns * k) {
    const std::size_t wide = std::min(kernels.columns, columns - j);
    const float* panel = a;
    for (std::size_t i = 0; i < rows; i += kernels.rows, panel += kernels.rows * k) {
      const std::size_t high = std::min(kernels.rows, rows - i);
      float* target = c + i * stride + j;
      if (wide == kernels.columns && high == kernels.rows) {
        kernels.tile(k, panel, b, target, stride, sign);
        continue;
      }
      edge.fill(0);
      kernels.tile(k, panel, b, edge.data(), kernels.columns, sign);
      for (std::size_t r = 0; r < high; ++r) {
        for (std::size_t s = 0; s < wide; ++s)
          target[r * stride + s] += edge[r * kernels.columns + s];
      }
    }
  }
}

}  // namespace souk::recommendations
