#include "plugins/recommendations/model/dense_kernels.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace souk::recommendations {
namespace {

// ---- what every machine has ----

constexpr std::size_t kPortableRows = 4;
constexpr std::size_t kPortableColumns = 8;

void tile_portable(std::size_t k, const float* a, const float* b, float* c, std::size_t stride,
                   float sign) {
  float sum[kPortableRows][kPortableColumns] = {};
  for (std::size_t at = 0; at < k; ++at, a += kPortableRows, b += kPortableColumns) {
    for (std::size_t i = 0; i < kPortableRows; ++i) {
      for (std::size_t j = 0; j < kPortableColumns; ++j)
        sum[i][j] += a[i] * b[j];
    }
  }
  for (std::size_t i = 0; i < kPortableRows; ++i) {
    for (std::size_t j = 0; j < kPortableColumns; ++j)
      c[i * stride + j] += sign * sum[i][j];
  }
}

float dot_portable(const float* a, const float* b, std::size_t width) {
  float sums[16] = {};
  for (std::size_t j = 0; j < width; j += 16) {
    for (std::size_t lane = 0; lane < 16; ++lane)
      sums[lane] += a[j + lane] * b[j + lane];
  }
  float sum = 0;
  for (const float part : sums)
    sum += part;
  return sum;
}

void gather_portable(const Gathering& rows, const float* p, const float* scale, const float* shift,
                     float* q) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    const float* v = rows.base + rows.width * rows.ids[r];
    const float factor =
        scale[r] * dot_portable(v, p, rows.width) + (shift == nullptr ? 0 : shift[r]);
    for (std::size_t j = 0; j < rows.width; ++j)
      q[j] += factor * v[j];
  }
}

float squares_portable(const Gathering& rows, const float* p, const float* scale) {
  float sum = 0;
  for (std::size_t r = 0; r < rows.count; ++r) {
    const float along = dot_portable(rows.base + rows.width * rows.ids[r], p, rows.width);
    sum += scale[r] * along * along;
  }
  return sum;
}

constexpr DenseKernels kPortable{"portable",      kPortableRows,    kPortableColumns, tile_portable,
                                 gather_portable, squares_portable, dot_portable};

#if defined(__x86_64__)

// ---- AVX2 with FMA: 6 × 16, twelve sums in sixteen registers ----

#define SOUK_AVX2 __attribute__((target("avx2,fma")))
#define SOUK_AVX512 __attribute__((target("avx512f,avx2,fma")))

SOUK_AVX2 void tile_avx2(std::size_t k, const float* a, const float* b, float* c,
                         std::size_t stride, float sign) {
  __m256 sum[6][2];
  for (auto& row : sum)
    row[0] = row[1] = _mm256_setzero_ps();
  for (std::size_t at = 0; at < k; ++at, a += 6, b += 16) {
    const __m256 b0 = _mm256_loadu_ps(b);
    const __m256 b1 = _mm256_loadu_ps(b + 8);
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) {
      const __m256 factor = _mm256_broadcast_ss(a + i);
      sum[i][0] = _mm256_fmadd_ps(factor, b0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_ps(factor, b1, sum[i][1]);
    }
  }
  const __m256 signs = _mm256_set1_ps(sign);
#pragma GCC unroll 6
  for (int i = 0; i < 6; ++i, c += stride) {
    _mm256_storeu_ps(c, _mm256_fmadd_ps(signs, sum[i][0], _mm256_loadu_ps(c)));
    _mm256_storeu_ps(c + 8, _mm256_fmadd_ps(signs, sum[i][1], _mm256_loadu_ps(c + 8)));
  }
}

SOUK_AVX2 float sum_of(__m256 x) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  four = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(four, _mm_shuffle_ps(four, four, 1)));
}

SOUK_AVX2 float dot_avx2(const float* a, const float* b, std::size_t width) {
  __m256 s0 = _mm256_setzero_ps(), s1 = _mm256_setzero_ps();
  for (std::size_t j = 0; j < width; j += 16) {
    s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + j), _mm256_loadu_ps(b + j), s0);
    s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + j + 8), _mm256_loadu_ps(b + j + 8), s1);
  }
  return sum_of(_mm256_add_ps(s0, s1));
}

SOUK_AVX2 void dots_of_four(const float* const* v, const float* p, std::size_t width, float* out) {
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  for (std::size_t j = 0; j < width; j += 8) {
    const __m256 along = _mm256_loadu_ps(p + j);
    s0 = _mm256_fmadd_ps(_mm256_loadu_ps(v[0] + j), along, s0);
    s1 = _mm256_fmadd_ps(_mm256_loadu_ps(v[1] + j), along, s1);
    s2 = _mm256_fmadd_ps(_mm256_loadu_ps(v[2] + j), along, s2);
    s3 = _mm256_fmadd_ps(_mm256_loadu_ps(v[3] + j), along, s3);
  }
  out[0] = sum_of(s0);
  out[1] = sum_of(s1);
  out[2] = sum_of(s2);
  out[3] = sum_of(s3);
}

SOUK_AVX2 void add_four(const float* const* v, const float* factors, std::size_t width, float* q) {
  const __m256 f0 = _mm256_set1_ps(factors[0]), f1 = _mm256_set1_ps(factors[1]);
  const __m256 f2 = _mm256_set1_ps(factors[2]), f3 = _mm256_set1_ps(factors[3]);
  for (std::size_t j = 0; j < width; j += 8) {
    __m256 sum = _mm256_loadu_ps(q + j);
    sum = _mm256_fmadd_ps(f0, _mm256_loadu_ps(v[0] + j), sum);
    sum = _mm256_fmadd_ps(f1, _mm256_loadu_ps(v[1] + j), sum);
    sum = _mm256_fmadd_ps(f2, _mm256_loadu_ps(v[2] + j), sum);
    sum = _mm256_fmadd_ps(f3, _mm256_loadu_ps(v[3] + j), sum);
    _mm256_storeu_ps(q + j, sum);
  }
}

/// Four rows of a gathering from `r` on, the first again where there are fewer; fetches the four
/// after them, since rows come from anywhere and no machine guesses which.
SOUK_AVX2 inline std::size_t take_four(const Gathering& rows, std::size_t r, const float** v) {
  const std::size_t here = std::min<std::size_t>(4, rows.count - r);
  for (std::size_t i = 0; i < 4; ++i)
    v[i] = rows.base + rows.width * rows.ids[i < here ? r + i : r];
  if (!rows.cold) return here;
  for (std::size_t i = r + 4; i < std::min(r + 8, rows.count); ++i) {
    const float* next = rows.base + rows.width * rows.ids[i];
    for (std::size_t j = 0; j < rows.width; j += 16)
      _mm_prefetch(reinterpret_cast<const char*>(next + j), _MM_HINT_T0);
  }
  return here;
}

SOUK_AVX2 void gather_avx2(const Gathering& rows, const float* p, const float* scale,
                           const float* shift, float* q) {
  for (std::size_t r = 0; r < rows.count; r += 4) {
    const float* v[4];
    float factors[4];
    const std::size_t here = take_four(rows, r, v);
    dots_of_four(v, p, rows.width, factors);
    for (std::size_t i = 0; i < here; ++i)
      factors[i] = factors[i] * scale[r + i] + (shift == nullptr ? 0 : shift[r + i]);
    for (std::size_t i = here; i < 4; ++i)
      factors[i] = 0;
    add_four(v, factors, rows.width, q);
  }
}

SOUK_AVX2 float squares_avx2(const Gathering& rows, const float* p, const float* scale) {
  float sum = 0;
  for (std::size_t r = 0; r < rows.count; r += 4) {
    const float* v[4];
    float along[4];
    const std::size_t here = take_four(rows, r, v);
    dots_of_four(v, p, rows.width, along);
    for (std::size_t i = 0; i < here; ++i)
      sum += scale[r + i] * along[i] * along[i];
  }
  return sum;
}

constexpr DenseKernels kAvx2{"avx2", 6, 16, tile_avx2, gather_avx2, squares_avx2, dot_avx2};

// ---- AVX-512: 12 × 32, twenty-four sums in thirty-two registers ----

SOUK_AVX512 void tile_avx512(std::size_t k, const float* a, const float* b, float* c,
                             std::size_t stride, float sign) {
  __m512 sum[12][2];
  for (auto& row : sum)
    row[0] = row[1] = _mm512_setzero_ps();
  for (std::size_t at = 0; at < k; ++at, a += 12, b += 32) {
    const __m512 b0 = _mm512_loadu_ps(b);
    const __m512 b1 = _mm512_loadu_ps(b + 16);
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) {
      const __m512 factor = _mm512_set1_ps(a[i]);
      sum[i][0] = _mm512_fmadd_ps(factor, b0, sum[i][0]);
      sum[i][1] = _mm512_fmadd_ps(factor, b1, sum[i][1]);
    }
  }
  const __m512 signs = _mm512_set1_ps(sign);
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i, c += stride) {
    _mm512_storeu_ps(c, _mm512_fmadd_ps(signs, sum[i][0], _mm512_loadu_ps(c)));
    _mm512_storeu_ps(c + 16, _mm512_fmadd_ps(signs, sum[i][1], _mm512_loadu_ps(c + 16)));
  }
}

constexpr DenseKernels kAvx512{"avx512", 12, 32, tile_avx512, gather_avx2, squares_avx2, dot_avx2};

#endif

const DenseKernels& best() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2")) return kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kAvx2;
#endif
  return kPortable;
}

std::size_t rounded_up(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }

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

AlignedFloats::AlignedFloats(std::size_t size)
    : floats_(static_cast<float*>(
          ::operator new (std::max<std::size_t>(size, 1) * sizeof(float), std::align_val_t{64}))),
      size_(size) {
  std::memset(floats_.get(), 0, size * sizeof(float));
}

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
  return rounded_up(rows, kernels.rows);
}

std::size_t packed_columns(const DenseKernels& kernels, std::size_t columns) {
  return rounded_up(columns, kernels.columns);
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
