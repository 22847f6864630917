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
         scale_ * vectors.scale_[doc];
}

void ByteQuery::nearest(const ByteVectors& vectors, const DocSet& among, std::size_t most,
                        float least, std::vector<ByteVectors::Near>& out) const {
  using Near = ByteVectors::Near;
  out.clear();
  if (empty() || vectors.dimensions_ != bytes_.size() || most == 0) return;
  const auto nearer = [](const Near& a, const Near& b) {
    return a.cosine != b.cosine ? a.cosine > b.cosine : a.doc < b.doc;
  };
  const Dot dot = best_dot();  // once, not for each document
  // A heap whose top is the farthest that is kept.
  among.for_each([&](DocId doc) {
    const auto product = dot(bytes_.data(), vectors.bytes(doc).data(), bytes_.size());
    const float near = static_cast<float>(product) * scale_ * vectors.scale_[doc];
    if (near < least || !vectors.has(doc)) return;
    const Near entry{doc, near};
    if (out.size() == most) {
      if (!nearer(entry, out.front())) return;
      std::pop_heap(out.begin(), out.end(), nearer);
      out.pop_back();
    }
    out.push_back(entry);
    std::push_heap(out.begin(), out.end(), nearer);
  });
  std::sort(out.begin(), out.end(), nearer);
}

}  // namespace souk::search
