// Logistic regression with a normal prior of each coefficient: shrinkage where data are few, and a
// covariance for intervals. Bishop: Pattern Recognition and Machine Learning, 2006, 4.3.3 (steps)
// and 4.5 (Laplace approximation).
#pragma once

#include <Eigen/Core>

namespace souk::segmentation {

/// The probability that belongs to log-odds.
[[nodiscard]] double probability_of(double log_odds);
/// The log-odds of a probability, which is kept from 0 and 1 by 1e-9.
[[nodiscard]] double log_odds_of(double probability);

/// What is believed of the coefficients before any data: independent normal distributions.
struct CoefficientPrior {
  Eigen::VectorXd mean;
  Eigen::VectorXd precision;  ///< 1 / variance; 0 believes nothing
};

struct LogisticFit {
  Eigen::VectorXd coefficients;
  /// Of the coefficients, by the curvature at the maximum.
  Eigen::MatrixXd covariance;
  double log_likelihood = 0;  ///< without the prior
  unsigned steps = 0;
  /// False when no maximum was reached: separable data without a prior.
  bool regular = false;

  [[nodiscard]] double log_odds(const Eigen::Ref<const Eigen::RowVectorXd>& row) const {
    return row.dot(coefficients.transpose());
  }
  /// Standard deviation of the log-odds of a row.
  [[nodiscard]] double spread(const Eigen::Ref<const Eigen::RowVectorXd>& row) const;
};

/// `rows`: one a row, a column of ones among them where an intercept is wanted. `outcome`: 0 or 1,
/// or a probability. `weight`: empty, or one a row. Newton's steps, halved where they overshoot.
/// O(rows · columns²) a step, about eight of them. Any thread.
[[nodiscard]] LogisticFit fit_logistic(const Eigen::MatrixXd& rows, const Eigen::VectorXd& outcome,
                                       const CoefficientPrior& prior,
                                       const Eigen::VectorXd& weight = {});

/// The covariance that belongs to coefficients, by the curvature there.
[[nodiscard]] Eigen::MatrixXd logistic_covariance(const Eigen::MatrixXd& rows,
                                                  const CoefficientPrior& prior,
                                                  const Eigen::VectorXd& coefficients);

/// The logarithm of the posterior's density (up to a constant) and, unless null, its gradient.
[[nodiscard]] double logistic_posterior(const Eigen::MatrixXd& rows, const Eigen::VectorXd& outcome,
                                        const CoefficientPrior& prior,
                                        const Eigen::VectorXd& weight,
                                        const Eigen::VectorXd& coefficients,
                                        Eigen::VectorXd* gradient);

}  // namespace souk::segmentation
