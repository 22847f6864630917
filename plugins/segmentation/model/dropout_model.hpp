// Buying until one stops: customers buy at random with a rate of their own and may stop for good
// after a purchase with a probability of their own.
//
//   bg_nbd   may stop after each repeat purchase. Fader, Hardie, Lee: "Counting Your Customers" the
//            Easy Way, Marketing Science 24(2), 2005; likelihood: equation 6, expectation: 10.
//   mbg_nbd  may stop after the first purchase too. Batislam, Denizel, Filiztekin: Empirical
//            validation and comparison of models for customer base analysis, IJRM 24(3), 2007.
//
// Rates are gamma(r, alpha), probabilities beta(a, b). With m = x for bg_nbd and x + 1 for mbg_nbd
// both have one form:
//
//   L = Γ(r+x)/Γ(r) α^r · Γ(b+m)/Γ(b) · Γ(a+b)/Γ(a+b+m)
//       · { (α+T)^−(r+x) + [m > 0] a/(b+m−1) (α+t_x)^−(r+x) }
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/segmentation/model/newton.hpp"
#include "plugins/segmentation/model/purchase_summary.hpp"

namespace souk::segmentation {

/// Parameters of both models; `alpha` in the unit of the times.
struct DropoutModel {
  enum class Kind : std::uint8_t { bg_nbd, mbg_nbd };
  Kind kind = Kind::bg_nbd;
  double r = 1;
  double alpha = 1;
  double a = 1;
  double b = 1;

  /// Probability that a customer has not stopped by the end of their age.
  [[nodiscard]] double alive(const PurchaseSummary& customer) const;
  /// Purchases expected in the next `horizon` of a customer of whom this is known.
  [[nodiscard]] double expected(const PurchaseSummary& customer, double horizon) const;
  /// The logarithm of the likelihood of one customer.
  [[nodiscard]] double log_likelihood(const PurchaseSummary& customer) const;
};

using DropoutLogs = Eigen::Matrix<double, 4, 1>;

/// A fit with what is known about its error.
struct DropoutFit {
  DropoutModel model;
  double log_likelihood = 0;
  /// Covariance of (log r, log α, log a, log b).
  Eigen::Matrix<double, 4, 4> log_covariance = Eigen::Matrix<double, 4, 4>::Zero();
  std::uint64_t customers = 0;
  std::uint32_t evaluations = 0;
  bool regular = false;  ///< see Maximum::regular

  /// Of r, α, a, b, by the delta method.
  [[nodiscard]] Eigen::Vector4d standard_errors() const;
};

/// By maximum likelihood, or a posteriori with a prior. Never fails; `regular` says whether the
/// data hold a maximum. O(groups) an evaluation, about 15 of them.
[[nodiscard]] DropoutFit fit_dropout(DropoutModel::Kind kind, std::span<const SummaryGroup> groups,
                                     const LogNormalPrior<4>& prior = {});

/// The logarithm of the likelihood with its derivatives by r, α, a and b.
[[nodiscard]] Evaluation<4> dropout_likelihood(const DropoutModel& model,
                                               std::span<const SummaryGroup> groups);

/// Expectations of many customers for one horizon: what depends on (repeats, age) alone, the
/// hypergeometric function, is computed once for each such pair. One thread.
class DropoutForecast {
 public:
  DropoutForecast(const DropoutModel& model, double horizon);
  [[nodiscard]] double expected(const PurchaseSummary& customer);

 private:
  struct Known {
    double age = -1;
    std::uint32_t repeats = 0;
    double log_age = 0;    ///< log(α + T)
    double unstopped = 0;  ///< expected purchases of one who is alive
  };
  DropoutModel model_;
  double horizon_;
  std::vector<Known> known_;
};

}  // namespace souk::segmentation
