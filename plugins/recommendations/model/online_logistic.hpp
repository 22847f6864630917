// A logistic regression that learns from a stream.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "plugins/recommendations/model/online_newton.hpp"

namespace souk::recommendations {

/// P(y = 1 | x) = 1 / (1 + exp(−w·x)), learned by online Newton steps with C = Σ p(1 − p) x xᵀ of
/// all rows. It starts at given weights and is held there as if by `prior` rows that weigh 1 in
/// each direction.
template <std::size_t N>
class OnlineLogistic : public OnlineNewton<N> {
 public:
  using Weights = std::array<float, N>;

  OnlineLogistic(const std::array<double, N>& first, double prior)
      : OnlineNewton<N>(first, prior) {}

  /// As they are now. Any thread.
  [[nodiscard]] Weights weights() const {
    Weights now;
    for (std::size_t a = 0; a < N; ++a)
      now[a] = static_cast<float>(this->weight(a));
    return now;
  }
  [[nodiscard]] static double chance(const Weights& weights, std::span<const float, N> row) {
    float z = 0;
    for (std::size_t a = 0; a < N; ++a)
      z += weights[a] * row[a];
    return 1 / (1 + std::exp(-static_cast<double>(z)));
  }

  // ---- the writer ----

  /// A row to which `weights`, those of now, give the chance `p`, and which came out as `y`.
  void observe(std::span<const float, N> row, double p, bool y, double weight) {
    const double error = weight * ((y ? 1 : 0) - p);
    const double curve = weight * p * (1 - p);
    for (std::size_t a = 0; a < N; ++a) {
      const double x = static_cast<double>(row[a]);
      gradient_[a] += error * x;
      const double scaled = curve * x;
      for (std::size_t b = 0; b <= a; ++b)
        curvature_[a][b] += scaled * static_cast<double>(row[b]);
    }
  }

 private:
  using OnlineNewton<N>::curvature_;
  using OnlineNewton<N>::gradient_;
};

}  // namespace souk::recommendations
