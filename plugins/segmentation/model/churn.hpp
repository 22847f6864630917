// Who leaves: a logistic regression around what is believed already, with calibrated probabilities
// and reasons.
#pragma once

#include <Eigen/Core>
#include <string>
#include <utility>
#include <vector>

#include "plugins/segmentation/model/logistic.hpp"

namespace souk::segmentation {

/// log-odds = calibration(x·b + offset): the offset is what another model says (0 for none), and
/// coefficients shrink to nothing where data are few, so that it decides alone then. Calibrated on
/// rows that were not learned from: Platt, Probabilistic outputs for support vector machines, 1999.
class ChurnModel {
 public:
  /// Rows of a fold are predicted by models of the other folds, for calibration.
  static constexpr int kFolds = 5;

  /// `rows`: a column of ones first, scaled columns after it; a multiple of people in any order.
  /// `offset`: log-odds, one a row, or empty. `left`: 0 or 1. Any thread.
  static ChurnModel fit(const Eigen::MatrixXd& rows, const Eigen::VectorXd& offset,
                        const Eigen::VectorXd& left);

  /// Corrects the probabilities, and judges them, by people of a later time than those learned
  /// from: what a season changes is in no fold of one time.
  void calibrate(const Eigen::MatrixXd& rows, const Eigen::VectorXd& offset,
                 const Eigen::VectorXd& left);

  struct Risk {
    double value = 0;
    double low = 0;  ///< four fifths of what the parameters may be
    double high = 0;
  };
  [[nodiscard]] Risk risk(const Eigen::Ref<const Eigen::RowVectorXd>& row, double offset) const;
  /// Columns that raise (positive) or lower this row's log-odds most against the average row.
  [[nodiscard]] std::vector<std::pair<Eigen::Index, double>> reasons(
      const Eigen::Ref<const Eigen::RowVectorXd>& row, std::size_t most) const;

  Eigen::VectorXd coefficients;
  Eigen::MatrixXd covariance;
  Eigen::RowVectorXd average;  ///< of the rows learned from
  double calibration_slope = 1;
  double calibration_shift = 0;
  double precision = 0;       ///< of the prior, as the data chose it
  bool out_of_time = false;   ///< calibrated by people of a later time
  double log_loss = 0;        ///< a row, of rows not learned from
  double prior_log_loss = 0;  ///< the same of the offset alone, or of the mean
  std::uint64_t people = 0;
  std::uint64_t leavers = 0;
  bool regular = false;
};

/// Of probabilities against what happened.
struct Calibration {
  double area = 0.5;  ///< under the ROC curve: a leaver has a higher score than one who stays
  double brier = 0;
  double expected_error = 0;  ///< over ten groups of equal size
};
[[nodiscard]] Calibration calibration_of(const Eigen::VectorXd& probability,
                                         const Eigen::VectorXd& happened);

}  // namespace souk::segmentation
