#include "plugins/search/model/byte_vectors.hpp"

#include <algorithm>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#define SOUK_SEARCH_AVX2 __attribute__((target("avx2")))
#endif

namespace souk::search {
namespace {

std::int32_t dot_any(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i)
    sum += std::int32_t{a[i]} * b[i];
  return sum;
}

#if defined(__x86_64__)
/// Widened to 16 bits, since the multiplication of bytes saturates.
SOUK_SEARCH_AVX2 std::int32_t dot_avx2(const std::int8_t* a, const std::int8_t* b,
                                       std::size_t size) {
  const auto products = [&](std::size_t at) SOUK_SEARCH_AVX2 {
    return _mm256_madd_epi16(
        _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + at))),
        _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b + at))));
  };
  __m256i sums = _mm256_setzero_si256();
  __m256i others = _mm256_setzero_si256();  // two chains, so that none waits for the other
  std::size_t i = 0;
  for (; i + 32 <= size; i += 32) {
    sums = _mm256_add_epi32(sums, products(i));
    others = _mm256_add_epi32(others, products(i + 16));
  }
  if (i + 16 <= size) {
    sums = _mm256_add_epi32(sums, products(i));
    i += 16;
  }
  sums = _mm256_add_epi32(sums, others);
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
  return _mm_cvtsi128_si32(four) + dot_any(a + i, b + i, size - i);
}
#endif

#if defined(__x86_64__)
SOUK_SEARCH_AVX2 inline std::int32_t sum_of_eight(__m256i eight) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
  return _mm_cvtsi128_si32(four);
}

/// |row| · sign(query, row): two products of at most 128 · 127 fit into 16 bits, so nothing
/// saturates.
SOUK_SEARCH_AVX2 void dots_avx2(const std::int8_t* query, const std::int8_t* rows, std::size_t size,
                                std::size_t count, std::int32_t* out) {
  const __m256i ones = _mm256_set1_epi16(1);
  const std::size_t whole = size / 32 * 32;
  for (std::size_t row = 0; row < count; ++row, rows += size) {
    __m256i sums = _mm256_setzero_si256();
    for (std::size_t i = 0; i < whole; i += 32) {
      const __m256i asked = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query + i));
      const __m256i held = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + i));
      const __m256i pairs =
          _mm256_maddubs_epi16(_mm256_abs_epi8(held), _mm256_sign_epi8(asked, held));
      sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
    }
    out[row] = sum_of_eight(sums) + dot_any(query + whole, rows + whole, size - whole);
  }
}
#endif

void dots_any(const std::int8_t* query, const std::int8_t* rows, std::size_t size,
              std::size_t count, std::int32_t* out) {
  for (std::size_t row = 0; row < count; ++row)
    out[row] = dot_any(query, rows + row * size, size);
}

using Dots = void (*)(const std::int8_t*, const std::int8_t*, std::size_t, std::size_t,
                      std::int32_t*);

Dots best_dots() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) return dots_avx2;
#endif
  return dots_any;
}

using Dot = std::int32_t (*)(const std::int8_t*, const std::int8_t*, std::size_t);

Dot best_dot() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) return dot_avx2;
#endif
  return dot_any;
}

float inverse_length(std::span<const std::int8_t> bytes) {
  const std::int32_t square = byte_dot(bytes.data(), bytes.data(), bytes.size());
  return square > 0 ? 1 / std::sqrt(static_cast<float>(square)) : 0;
}

}  // namespace

std::int32_t byte_dot(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  static const Dot dot = best_dot();
  return dot(a, b, size);
}

void byte_dots(const std::int8_t* query, const std::int8_t* rows, std::size_t size,
               std::size_t count, std::int32_t* out) {
  static const Dots dots = best_dots();
  dots(query, rows, size, count, out);
}

bool to_byte_direction(std::span<const float> from, std::span<std::int8_t> out) {
  float largest = 0;
  bool finite = true;
  for (const float value : from) {
    finite = finite && std::isfinite(value);
    largest = std::max(largest, std::abs(value));
  }
  if (!finite || !(largest > 1e-30F)) {
    std::fill(out.begin(), out.end(), std::int8_t{0});
    return false;
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::int8_t>(std::lround(from[i] / largest * 127));
  return true;
}

ByteVectors::ByteVectors(std::uint32_t documents, std::uint32_t dimensions)
    : dimensions_(dimensions), bytes_(std::size_t{documents} * dimensions), scale_(documents) {}

void ByteVectors::set(DocId doc, std::span<const float> direction) {
  const auto place = std::span(bytes_).subspan(std::size_t{doc} * dimensions_, dimensions_);
  to_byte_direction(direction, place);
  scale_[doc] = inverse_length(place);
}

void ByteVectors::set_bytes(DocId doc, std::span<const std::int8_t> direction) {
  std::copy(direction.begin(), direction.end(),
            bytes_.begin() + static_cast<std::ptrdiff_t>(std::size_t{doc} * dimensions_));
  scale_[doc] = inverse_length(bytes(doc));
}

ByteQuery::ByteQuery(std::span<const float> direction) : bytes_(direction.size()) {
  if (to_byte_direction(direction, bytes_)) scale_ = inverse_length(bytes_);
}

float ByteQuery::cosine(const ByteVectors& vectors, DocId doc) const {
  if (vectors.dimensions_ != bytes_.size() || empty()) return 0;
  return static_cast<float>(byte_dot(bytes_.data(), vectors.bytes(doc).data(), bytes_.size())) *
         scale_ * vectors.scale_[vectors.row_of(doc)];
}

}  // namespace souk::search
