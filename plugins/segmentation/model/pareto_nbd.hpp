// Pareto/NBD: customers buy at random with a rate of their own, gamma(r, α), and stop at a moment
// that is exponential with a rate of their own, gamma(s, β). Schmittlein, Morrison, Colombo:
// Counting Your Customers, Management Science 33(1), 1987; in the notation of Fader, Hardie: A note
// on deriving the Pareto/NBD model and related expressions, 2005.
//
//   L = Γ(r+x)/Γ(r) α^r β^s { (α+T)^−(r+x) (β+T)^−s + s ∫_{t_x}^{T} (α+y)^−(r+x) (β+y)^−(s+1) dy }
//
// The integral is usually written as a difference of two hypergeometric functions, which loses
// digits where it matters; here it is summed by Gauss's rule in log(α+y), so that derivatives are
// sums over the same terms.
#pragma once

#include <cstdint>
#include <span>

#include "plugins/segmentation/model/newton.hpp"
#include "plugins/segmentation/model/purchase_summary.hpp"

namespace souk::segmentation {

/// Parameters; `alpha` and `beta` in the unit of the times.
struct ParetoNbd {
  double r = 1;
  double alpha = 1;
  double s = 1;
  double beta = 1;

  /// Probability that a customer has not stopped by the end of their age.
  [[nodiscard]] double alive(const PurchaseSummary& customer) const;
  /// Purchases expected in the next `horizon` of a customer of whom this is known (equation 41 of
  /// the note).
  [[nodiscard]] double expected(const PurchaseSummary& customer, double horizon) const;
  [[nodiscard]] double log_likelihood(const PurchaseSummary& customer) const;
};

struct ParetoFit {
  ParetoNbd model;
  double log_likelihood = 0;
  /// Covariance of (log r, log α, log s, log β).
  Eigen::Matrix<double, 4, 4> log_covariance = Eigen::Matrix<double, 4, 4>::Zero();
  std::uint64_t customers = 0;
  std::uint32_t evaluations = 0;
  bool regular = false;  ///< see Maximum::regular

  /// Of r, α, s, β, by the delta method.
  [[nodiscard]] Eigen::Vector4d standard_errors() const;
};

/// As fit_dropout(); about twenty times its cost.
[[nodiscard]] ParetoFit fit_pareto_nbd(std::span<const SummaryGroup> groups,
                                       const LogNormalPrior<4>& prior = {});

/// The logarithm of the likelihood with its derivatives by r, α, s and β.
[[nodiscard]] Evaluation<4> pareto_likelihood(const ParetoNbd& model,
                                              std::span<const SummaryGroup> groups);

}  // namespace souk::segmentation
