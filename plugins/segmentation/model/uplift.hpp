// What a treatment changes for whom, from people who were treated at random.
//
// One logistic regression of both arms, log-odds = x·b + (t − mean t) x·d: what treatment changes
// is the difference of its two probabilities. Two separate regressions are the same with all d
// free; here d's slopes share a normal prior whose width the data choose (empirical Bayes: MacKay,
// Bayesian interpolation, Neural Computation 4, 1992), so that what is only noise is shrunk away.
// The prior's tails are those of Student's distribution with three degrees of freedom, by
// expectation and maximisation over each slope's own width: a few slopes may be large where most
// are nothing.
// With no slopes left everybody's log-odds change alike, and whoever is near to buying gains most.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "plugins/segmentation/model/logistic.hpp"

namespace souk::segmentation {

/// A change of probability and four fifths of what it may be.
struct Change {
  double value = 0;
  double low = 0;
  double high = 0;
};

class UpliftModel {
 public:
  UpliftModel() = default;

  /// `rows`: a column of ones first, scaled columns after it. `outcome`, `treated`: 0 or 1.
  /// `precision`: of the slopes' prior; 0: as the data choose it. Any thread.
  static UpliftModel fit(const Eigen::MatrixXd& rows, const Eigen::VectorXd& outcome,
                         const Eigen::VectorXd& treated, double precision = 0);

  [[nodiscard]] Change change(const Eigen::Ref<const Eigen::RowVectorXd>& row) const;
  /// The value alone.
  [[nodiscard]] double value(const Eigen::Ref<const Eigen::RowVectorXd>& row) const;
  /// Places of the columns by which treatment changes most, strongest first, with the sign.
  [[nodiscard]] std::vector<std::pair<Eigen::Index, double>> strongest(std::size_t most) const;

  /// First those of the outcome without treatment's change, then those of the change.
  Eigen::VectorXd coefficients;
  Eigen::MatrixXd covariance;
  double treated_share = 0.5;
  double precision = 0;  ///< of the slopes' prior, as the data chose it
  bool regular = false;
};

/// Two logistic regressions, one an arm: what is commonly done, for comparison.
[[nodiscard]] Eigen::VectorXd two_model_uplift(const Eigen::MatrixXd& rows,
                                               const Eigen::VectorXd& outcome,
                                               const Eigen::VectorXd& treated,
                                               const Eigen::MatrixXd& asked);

/// Area between the Qini curve (Radcliffe 2007: outcomes gained by treating the best so many, the
/// control's count scaled to the treated's) and the straight line of chance, a person. Rows of one
/// score count as one step. `weight`: how often each row counts; empty: once.
[[nodiscard]] double qini_area(const Eigen::VectorXd& score, const Eigen::VectorXd& outcome,
                               const Eigen::VectorXd& treated, const Eigen::VectorXd& weight = {});

/// With four fifths of a Poisson bootstrap of the rows; `seed` decides all.
[[nodiscard]] Change qini_range(const Eigen::VectorXd& score, const Eigen::VectorXd& outcome,
                                const Eigen::VectorXd& treated, unsigned seed);

/// The outcome's share if those with `treat` were treated and the others not, by inverse
/// propensity, with four fifths of a normal distribution.
[[nodiscard]] Change policy_value(const std::vector<bool>& treat, const Eigen::VectorXd& outcome,
                                  const Eigen::VectorXd& treated);

}  // namespace souk::segmentation
