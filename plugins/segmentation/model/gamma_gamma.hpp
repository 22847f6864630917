// What a customer spends on an average purchase: Gamma-Gamma. Fader, Hardie, Lee: RFM and CLV,
// Journal of Marketing Research 42(4), 2005; Fader, Hardie: The Gamma-Gamma model of monetary
// value, 2013, equation 1a for the likelihood and 5 for the expectation.
#pragma once

#include <cstdint>
#include <span>

#include "plugins/segmentation/model/newton.hpp"

namespace souk::segmentation {

/// Purchases of one customer with money in them, and their mean.
struct SpendSummary {
  std::uint32_t purchases = 0;
  double mean = 0;  ///< > 0
};

/// Amounts are gamma(p, ν) with ν gamma(q, γ) across customers; `v` is γ, in the unit of money.
struct GammaGamma {
  double p = 6;
  double q = 4;
  double v = 15;

  /// Expected mean spend of a customer of whom this is known; without purchases that of the
  /// population, infinite for q <= 1.
  [[nodiscard]] double expected(const SpendSummary& customer) const;
  /// Variance of the customer's own mean as it is believed after these purchases; infinite where it
  /// does not exist.
  [[nodiscard]] double variance(const SpendSummary& customer) const;
};

struct GammaGammaFit {
  GammaGamma model;
  double log_likelihood = 0;
  /// Covariance of (log p, log q, log v).
  Eigen::Matrix<double, 3, 3> log_covariance = Eigen::Matrix<double, 3, 3>::Zero();
  std::uint64_t customers = 0;
  std::uint32_t evaluations = 0;
  bool regular = false;  ///< see Maximum::regular

  [[nodiscard]] Eigen::Vector3d standard_errors() const;
};

/// Customers without purchases or with a mean that is not positive are left out. Never fails;
/// `regular` says whether the data hold a maximum. O(customers) an evaluation, two logarithms each.
[[nodiscard]] GammaGammaFit fit_gamma_gamma(std::span<const SpendSummary> customers,
                                            const LogNormalPrior<3>& prior = {});

}  // namespace souk::segmentation
