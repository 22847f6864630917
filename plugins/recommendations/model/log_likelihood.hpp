// Dunning's log-likelihood ratio of a 2 × 2 table.
#pragma once

#include <cmath>

namespace souk::recommendations {

/// G² = 2 Σ k log(k N / (row · column)) over the four cells (Dunning, Computational Linguistics
/// 19(1), 1993): how surprising it is that two things that happen `a` and `b` times of `all` happen
/// together `both` times. About χ² with one degree of freedom when they are independent. Requires
/// both ≤ a, both ≤ b and a + b − both ≤ all.
[[nodiscard]] inline double log_likelihood_ratio(double both, double a, double b, double all) {
  const auto term = [all](double k, double row, double column) {
    return k > 0 ? k * std::log(k * all / (row * column)) : 0;
  };
  return 2 * (term(both, a, b) + term(a - both, a, all - b) + term(b - both, all - a, b) +
              term(all - a - b + both, all - a, all - b));
}

}  // namespace souk::recommendations
