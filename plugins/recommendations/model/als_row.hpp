// One row of implicit ALS: the factors of a person given those of the items, or the other way.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/half_rows.hpp"

namespace souk::recommendations {

/// (Σ_r c_r v_r v_rᵀ + D) w = Σ_r c_r v_r over the rows v_r that are gathered.
struct AlsEquation {
  Gathering rows;
  const float* worth;  ///< c_r
  float unobserved;    ///< D_j = unobserved · gram_j + l2
  float l2;
  /// Preconditioner: D_j + typical · gram_j, what rows of this number add on average.
  float typical;
  const float* gram;
};

/// What solving one row needs; re-used by one thread.
struct AlsScratch {
  explicit AlsScratch(std::size_t width) : floats(5 * width) {}
  AlignedFloats floats;
};

/// `steps` steps of conjugate gradients from `solution` towards the solution. Any thread with a
/// scratch of its own.
using SolveRow = void (*)(const AlsEquation& equation, std::uint32_t steps, float* solution,
                          AlsScratch& scratch);

/// The best of this machine.
[[nodiscard]] SolveRow solve_row();
/// That of a name ("portable", "avx2", "avx512"), null when this machine has none; for tests.
[[nodiscard]] SolveRow solve_row(std::string_view name);

}  // namespace souk::recommendations
