// Loops over vectors of floats, written once for every width of registers.
//
// A loop is an always-inlined template of the number of floats in a register; the functions that it
// is inlined into say which instructions they may use, and exist once for each set of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace souk::recommendations {

#define SOUK_INLINE [[gnu::always_inline]] inline
#if defined(__x86_64__)
#define SOUK_AVX2 __attribute__((target("avx2,fma")))
#define SOUK_AVX512 __attribute__((target("avx512f,avx2,fma")))
#endif

/// Types of a register of `kLanes` floats; they may lie anywhere in memory and alias floats.
template <std::size_t kLanes>
struct Lanes {
  typedef float Floats __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
  typedef std::uint32_t Words __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

  SOUK_INLINE static const Floats& floats(const float* at) {
    return *reinterpret_cast<const Floats*>(at);
  }
  SOUK_INLINE static Floats& floats(float* at) { return *reinterpret_cast<Floats*>(at); }
  SOUK_INLINE static const Words& words(const std::uint32_t* at) {
    return *reinterpret_cast<const Words*>(at);
  }
};

/// The sum of one register's floats.
template <std::size_t kLanes>
SOUK_INLINE float sum_of(const typename Lanes<kLanes>::Floats& x) {
  if constexpr (kLanes == 4) {
    return (x[0] + x[2]) + (x[1] + x[3]);
  } else {
    constexpr std::size_t kHalf = kLanes / 2;
    const float* parts = reinterpret_cast<const float*>(&x);
    const typename Lanes<kHalf>::Floats folded =
        Lanes<kHalf>::floats(parts) + Lanes<kHalf>::floats(parts + kHalf);
    return sum_of<kHalf>(folded);
  }
}

}  // namespace souk::recommendations
