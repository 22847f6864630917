// What models that learn from a stream by Newton steps have in common.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>

#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// Online Newton steps (Hazan, Agarwal, Kale, Machine Learning 69, 2007): w ← w + (C + λI)⁻¹ g,
/// with g the gradient since the last step and C the curvature of all that was seen, older parts
/// forgotten. A model adds to `gradient_` and to the lower triangle of `curvature_`.
///
/// Threads: one writer learns; any thread reads the weights. They are published one by one: a
/// mixture of those of two successive steps does no harm.
template <std::size_t N>
class OnlineNewton {
 public:
  /// As it is now. Any thread.
  [[nodiscard]] double weight(std::size_t a) const {
    return weights_[a].load(std::memory_order_relaxed);
  }

  // ---- the writer ----

  /// All that was seen counts `factor` of what it did.
  void forget(double factor) {
    for (std::size_t a = 0; a < N; ++a) {
      for (std::size_t b = 0; b <= a; ++b)
        curvature_[a][b] *= factor;
    }
  }
  /// By Cholesky; C is positive semi-definite by construction.
  void step() {
    auto lower = curvature_;
    for (std::size_t a = 0; a < N; ++a)
      lower[a][a] += kRidge;
    for (std::size_t c = 0; c < N; ++c) {  // column by column, from what is left of the matrix
      const double root = std::sqrt(std::max(lower[c][c], kRidge / 2));
      lower[c][c] = root;
      std::array<double, N> column;
      for (std::size_t a = c + 1; a < N; ++a)
        column[a] = lower[a][c] /= root;
      for (std::size_t a = c + 1; a < N; ++a) {
        for (std::size_t b = c + 1; b <= a; ++b)
          lower[a][b] -= column[a] * column[b];
      }
    }
    solve(lower);
    gradient_.fill(0);
  }

  void save(SnapshotWriter& out) const {
    for (std::size_t a = 0; a < N; ++a) {
      out.f64(weight(a));
      out.f64(gradient_[a]);
      for (std::size_t b = 0; b <= a; ++b)
        out.f64(curvature_[a][b]);
    }
  }
  void load(SnapshotReader& in) {
    bool finite = true;
    const auto next = [&] {
      const double value = in.f64();
      finite = finite && std::isfinite(value);
      return value;
    };
    for (std::size_t a = 0; in.ok() && a < N; ++a) {
      weights_[a].store(next(), std::memory_order_relaxed);
      gradient_[a] = next();
      for (std::size_t b = 0; b <= a; ++b)
        curvature_[a][b] = next();
    }
    if (in.ok() && !finite) in.fail("a weight is not a number");
  }

 protected:
  using Triangle = std::array<std::array<double, N>, N>;  ///< the lower one, row by row

  /// Starts at `first` and is held there as if by `prior` observations of curvature 1 in each
  /// direction, which are forgotten as others are.
  OnlineNewton(const std::array<double, N>& first, double prior) {
    for (std::size_t a = 0; a < N; ++a) {
      weights_[a].store(first[a], std::memory_order_relaxed);
      curvature_[a][a] = prior;
    }
  }
  ~OnlineNewton() = default;

  std::array<double, N> gradient_{};
  Triangle curvature_{};

 private:
  static constexpr double kRidge = 1;

  void solve(const Triangle& lower) {
    std::array<double, N> solved;
    for (std::size_t a = 0; a < N; ++a) {
      double sum = gradient_[a];
      for (std::size_t c = 0; c < a; ++c)
        sum -= lower[a][c] * solved[c];
      solved[a] = sum / lower[a][a];
    }
    constexpr double kMost = 20;
    for (std::size_t a = N; a-- > 0;) {
      double sum = solved[a];
      for (std::size_t c = a + 1; c < N; ++c)
        sum -= lower[c][a] * solved[c];
      solved[a] = sum / lower[a][a];
      weights_[a].store(std::clamp(weight(a) + solved[a], -kMost, kMost),
                        std::memory_order_relaxed);
    }
  }

  std::array<std::atomic<double>, N> weights_;
};

}  // namespace souk::recommendations
