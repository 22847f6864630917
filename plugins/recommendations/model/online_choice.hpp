// A conditional logit that learns from a stream of lists: which of these candidates are taken?
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/online_newton.hpp"

namespace souk::recommendations {

/// Candidates of two kinds compete in one list: those of the first kind have A features, the others
/// the first B of them, and each kind has weights of its own. The share of candidate i is
/// exp(w·x_i) / Σ_j exp(w·x_j) (conditional logit, McFadden 1974; over rankings ListNet, Cao et al.
/// 2007): only what tells candidates of one list apart is learned, not how much is bought at all.
///
/// Learned by online Newton steps with C = Σ (Σ_i p_i x_i x_iᵀ − x̄ x̄ᵀ) of all lists. It starts at
/// given weights and is held there as if by `prior` lists of variance 1 in each direction.
template <std::size_t A, std::size_t B>
class OnlineChoice : public OnlineNewton<A + B> {
 public:
  static constexpr std::size_t kAll = A + B;
  struct Weights {
    std::array<float, A> first;
    std::array<float, B> second;
  };
  using Row = std::array<float, A>;

  OnlineChoice(const std::array<double, A>& first, const std::array<double, B>& second,
               double prior)
      : Newton(one_after_the_other(first, second), prior) {}

  /// As they are now. Any thread.
  [[nodiscard]] Weights weights() const {
    Weights now;
    for (std::size_t a = 0; a < kAll; ++a)
      (a < A ? now.first[a] : now.second[a - A]) = static_cast<float>(this->weight(a));
    return now;
  }
  /// w·x of each row; the first `of_first` are of the first kind.
  static void utilities(const Weights& weights, std::span<const Row> rows, std::size_t of_first,
                        std::vector<float>& out) {
    out.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      float sum = 0;
      if (i < of_first) {
        for (std::size_t a = 0; a < A; ++a)
          sum += weights.first[a] * rows[i][a];
      } else {
        for (std::size_t b = 0; b < B; ++b)
          sum += weights.second[b] * rows[i][b];
      }
      out[i] = sum;
    }
  }
  /// Utilities become shares of the list.
  static void to_shares(std::vector<float>& utilities) {
    if (utilities.empty()) return;
    const float highest = *std::max_element(utilities.begin(), utilities.end());
    double all = 0;
    for (float& u : utilities)
      all += static_cast<double>(u = std::exp(u - highest));
    for (float& u : utilities)
      u = static_cast<float>(static_cast<double>(u) / all);
  }

  // ---- the writer ----

  /// A list whose shares by the weights of now are `shares`; `taken` says of each candidate whether
  /// it was; each that was counts `weight`.
  void observe(std::span<const Row> rows, std::size_t of_first, std::span<const float> shares,
               std::span<const std::uint8_t> taken, double weight) {
    const auto count = static_cast<double>(std::count(taken.begin(), taken.end(), 1));
    if (count == 0) return;
    const double whole = weight * count;
    std::array<double, kAll> sum{};
    double counted = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool first = i < of_first;
      const std::size_t from = first ? 0 : A, size = first ? A : B;
      const double share = static_cast<double>(shares[i]);
      const double error = (taken[i] != 0 ? weight : 0) - whole * share;
      for (std::size_t a = 0; a < size; ++a)
        gradient_[from + a] += error * static_cast<double>(rows[i][a]);
      if (share < kLeastShare) continue;
      counted += share;
      for (std::size_t a = 0; a < size; ++a) {
        const double scaled = share * static_cast<double>(rows[i][a]);
        sum[from + a] += scaled;
        for (std::size_t b = 0; b <= a; ++b)
          curvature_[from + a][from + b] += whole * scaled * static_cast<double>(rows[i][b]);
      }
    }
    for (std::size_t a = 0; a < kAll && counted > 0; ++a) {
      for (std::size_t b = 0; b <= a; ++b)
        curvature_[a][b] -= whole * sum[a] * sum[b] / counted;
    }
  }

 private:
  using Newton = OnlineNewton<kAll>;
  using Newton::curvature_;
  using Newton::gradient_;

  static std::array<double, kAll> one_after_the_other(const std::array<double, A>& first,
                                                      const std::array<double, B>& second) {
    std::array<double, kAll> both;
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), both.begin()));
    return both;
  }

  // What is so unlikely adds nothing to the curvature that would be worth its price.
  static constexpr double kLeastShare = 3e-4;
};

}  // namespace souk::recommendations
