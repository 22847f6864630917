// The scale of impacts: BM25F frequencies in one byte, in steps of 2.7 %. Logarithmic, so that a
// weight is a shift.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace souk::search {

inline constexpr float kSmallestImpact = 0.03F;  ///< step 1; 0 is "not there"
inline constexpr float kImpactSteps = 26.0F;     ///< an octave

inline std::uint8_t impact_of(float frequency) {
  const float step = 1.0F + std::log2(std::max(frequency / kSmallestImpact, 1.0F)) * kImpactSteps;
  return static_cast<std::uint8_t>(std::min(std::lround(step), 255L));
}

/// The frequency that a step stands for.
inline float frequency_of(unsigned impact) {
  return impact == 0 ? 0.0F
                     : kSmallestImpact * std::exp2((static_cast<float>(impact) - 1) / kImpactSteps);
}

/// frequency_of() of every step.
inline const std::array<float, 256>& impact_frequencies() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> all{};
    for (unsigned i = 0; i < 256; ++i) {
      all[i] = frequency_of(i);
    }
    return all;
  }();
  return table;
}

/// How many steps down a weight in (0, 1] is.
inline unsigned steps_down(float weight) {
  return weight >= 1 ? 0 : static_cast<unsigned>(std::lround(-std::log2(weight) * kImpactSteps));
}

}  // namespace souk::search
