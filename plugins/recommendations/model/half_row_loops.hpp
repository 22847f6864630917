// The loops over gathered rows, for every width of registers; see vectors.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "plugins/recommendations/model/half_rows.hpp"
#include "plugins/recommendations/model/vectors.hpp"

namespace souk::recommendations::loops {

inline constexpr std::size_t kHalfBlock = HalfRows::kBlock / 2;
inline constexpr std::size_t kWordsOfLine = 16;
inline constexpr std::size_t kAhead = 8;  // rows that are fetched while one is looked at

/// Four rows of a gathering from `r` on, the first again where there are fewer; fetches those
/// after them, since rows come from anywhere and no machine guesses which.
SOUK_INLINE std::size_t take_four(const Gathering& g, std::size_t r, const std::uint32_t** v) {
  const std::size_t words = g.rows.width() / 2;
  const std::uint32_t* base = g.rows.words();
  const std::size_t here = std::min<std::size_t>(4, g.count - r);
  for (std::size_t i = 0; i < 4; ++i)
    v[i] = base + words * g.ids[i < here ? r + i : r];
  if (!g.cold) return here;
  for (std::size_t i = r + kAhead; i < std::min(r + kAhead + 4, g.count); ++i) {
    const std::uint32_t* next = base + words * g.ids[i];
    for (std::size_t j = 0; j < words; j += kWordsOfLine)
      __builtin_prefetch(next + j);
  }
  return here;
}

/// out_i = v_i · p.
template <std::size_t kLanes>
SOUK_INLINE void dots_of_four(const std::uint32_t* const* v, const float* p, std::size_t width,
                              float* out) {
  using L = Lanes<kLanes>;
  typename L::Floats below[4] = {}, above[4] = {};
  for (std::size_t j = 0; j < width; j += HalfRows::kBlock) {
    for (std::size_t part = 0; part < kHalfBlock; part += kLanes) {
      const typename L::Floats p0 = L::floats(p + j + part);
      const typename L::Floats p1 = L::floats(p + j + kHalfBlock + part);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const typename L::Words pair = L::words(v[i] + j / 2 + part);
        below[i] += (typename L::Floats)(pair << 16) * p0;
        above[i] += (typename L::Floats)(pair & 0xffff0000u) * p1;
      }
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const typename L::Floats both = below[i] + above[i];
    out[i] = sum_of<kLanes>(both);
  }
}

/// q += Σ_i factors_i · v_i.
template <std::size_t kLanes>
SOUK_INLINE void add_four(const std::uint32_t* const* v, const float* factors, std::size_t width,
                          float* q) {
  using L = Lanes<kLanes>;
  typename L::Floats factor[4] = {};
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i)
    factor[i] += factors[i];
  for (std::size_t j = 0; j < width; j += HalfRows::kBlock) {
    for (std::size_t part = 0; part < kHalfBlock; part += kLanes) {
      typename L::Floats q0 = L::floats(q + j + part);
      typename L::Floats q1 = L::floats(q + j + kHalfBlock + part);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const typename L::Words pair = L::words(v[i] + j / 2 + part);
        q0 += (typename L::Floats)(pair << 16) * factor[i];
        q1 += (typename L::Floats)(pair & 0xffff0000u) * factor[i];
      }
      L::floats(q + j + part) = q0;
      L::floats(q + j + kHalfBlock + part) = q1;
    }
  }
}

/// q += Σ_r (scale_r · (v_r · p) + shift_r) · v_r; `shift` null: nothing.
template <std::size_t kLanes>
SOUK_INLINE void gather(const Gathering& g, const float* p, const float* scale, const float* shift,
                        float* q) {
  for (std::size_t r = 0; r < g.count; r += 4) {
    const std::uint32_t* v[4];
    float factors[4];
    const std::size_t here = take_four(g, r, v);
    dots_of_four<kLanes>(v, p, g.rows.width(), factors);
    for (std::size_t i = 0; i < here; ++i)
      factors[i] = factors[i] * scale[r + i] + (shift == nullptr ? 0 : shift[r + i]);
    for (std::size_t i = here; i < 4; ++i)
      factors[i] = 0;
    add_four<kLanes>(v, factors, g.rows.width(), q);
  }
}

/// Σ_r scale_r · (v_r · p)².
template <std::size_t kLanes>
SOUK_INLINE float squares(const Gathering& g, const float* p, const float* scale) {
  float sum = 0;
  for (std::size_t r = 0; r < g.count; r += 4) {
    const std::uint32_t* v[4];
    float along[4];
    const std::size_t here = take_four(g, r, v);
    dots_of_four<kLanes>(v, p, g.rows.width(), along);
    for (std::size_t i = 0; i < here; ++i)
      sum += scale[r + i] * along[i] * along[i];
  }
  return sum;
}

}  // namespace souk::recommendations::loops
