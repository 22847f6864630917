#include "plugins/segmentation/model/churn.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace souk::segmentation {
namespace {

constexpr double kChurnTenth = 1.2816;
constexpr double kChurnFirstPrecision = 10;

/// The offset as a column of its own whose coefficient is believed to be 1.
Eigen::MatrixXd with_offset(const Eigen::MatrixXd& rows, const Eigen::VectorXd& offset) {
  Eigen::MatrixXd out(rows.rows(), rows.cols() + 1);
  out.leftCols(rows.cols()) = rows;
  if (offset.size() == rows.rows()) {
    out.rightCols(1) = offset;
  } else {
    out.rightCols(1).setZero();
  }
  return out;
}

CoefficientPrior churn_prior(Eigen::Index columns, double precision) {
  CoefficientPrior prior{Eigen::VectorXd::Zero(columns),
                         Eigen::VectorXd::Constant(columns, precision)};
  prior.precision[0] = 0.1;
  prior.mean[columns - 1] = 1;
  prior.precision[columns - 1] = 100;
  return prior;
}

/// The prior's precision by MacKay's rule, then the fit.
LogisticFit fit_shrunk(const Eigen::MatrixXd& rows, const Eigen::VectorXd& left,
                       const Eigen::VectorXd& weight, double& precision) {
  LogisticFit fit;
  for (int round = 0; round < 10; ++round) {
    const CoefficientPrior prior = churn_prior(rows.cols(), precision);
    fit = fit_logistic(rows, left, prior, weight);
    double squares = 0;
    double decided = 0;
    for (Eigen::Index i = 1; i + 1 < rows.cols(); ++i) {
      squares += fit.coefficients[i] * fit.coefficients[i];
      decided += 1 - precision * fit.covariance(i, i);
    }
    const double next = std::clamp((decided + 0.5) / (squares + 0.5 / 10), 0.1, 1e4);
    const bool settled = std::abs(std::log(next / precision)) < 0.02;
    precision = next;
    if (settled) break;
  }
  return fit;
}

double loss_of(double log_odds, double left) {
  const double p = std::clamp(probability_of(log_odds), 1e-9, 1 - 1e-9);
  return -(left * std::log(p) + (1 - left) * std::log(1 - p));
}

/// The line that turns what was said (a column of ones before it) into what happened, and how good
/// it then is.
void correct(const Eigen::MatrixXd& said, const Eigen::VectorXd& offset,
             const Eigen::VectorXd& left, ChurnModel& model) {
  const CoefficientPrior line{Eigen::Vector2d(0, 1), Eigen::Vector2d(25, 25)};
  const LogisticFit platt = fit_logistic(said, left, line);
  model.calibration_shift = platt.coefficients[0];
  model.calibration_slope = platt.coefficients[1];
  model.log_loss = 0;
  model.prior_log_loss = 0;
  const double mean = log_odds_of((left.sum() + 0.5) / (static_cast<double>(left.size()) + 1));
  for (Eigen::Index i = 0; i < said.rows(); ++i) {
    const double corrected = model.calibration_shift + model.calibration_slope * said(i, 1);
    model.log_loss += loss_of(corrected, left[i]) / static_cast<double>(said.rows());
    const double before = offset.size() == said.rows() ? offset[i] : mean;
    model.prior_log_loss += loss_of(before, left[i]) / static_cast<double>(said.rows());
  }
}

}  // namespace

ChurnModel ChurnModel::fit(const Eigen::MatrixXd& rows, const Eigen::VectorXd& offset,
                           const Eigen::VectorXd& left) {
  ChurnModel model;
  model.people = static_cast<std::uint64_t>(rows.rows());
  model.leavers = static_cast<std::uint64_t>(left.sum());
  model.precision = kChurnFirstPrecision;
  const Eigen::MatrixXd all = with_offset(rows, offset);
  const LogisticFit fit = fit_shrunk(all, left, {}, model.precision);
  model.coefficients = fit.coefficients;
  model.covariance = fit.covariance;
  model.regular = fit.regular;
  model.average = all.colwise().mean();

  // What models say of folds they were not made from, and the line that corrects it.
  Eigen::MatrixXd said = Eigen::MatrixXd::Ones(rows.rows(), 2);
  for (int fold = 0; fold < kFolds; ++fold) {
    Eigen::VectorXd weight(rows.rows());
    for (Eigen::Index i = 0; i < rows.rows(); ++i)
      weight[i] = i % kFolds == fold ? 0 : 1;
    const LogisticFit other =
        fit_logistic(all, left, churn_prior(all.cols(), model.precision), weight);
    for (Eigen::Index i = fold; i < rows.rows(); i += kFolds)
      said(i, 1) = other.log_odds(all.row(i));
  }
  correct(said, offset, left, model);
  return model;
}

void ChurnModel::calibrate(const Eigen::MatrixXd& rows, const Eigen::VectorXd& offset,
                           const Eigen::VectorXd& left) {
  Eigen::MatrixXd said = Eigen::MatrixXd::Ones(rows.rows(), 2);
  said.col(1) = with_offset(rows, offset) * coefficients;
  correct(said, offset, left, *this);
  out_of_time = true;
}

ChurnModel::Risk ChurnModel::risk(const Eigen::Ref<const Eigen::RowVectorXd>& row,
                                  double offset) const {
  Eigen::RowVectorXd all(row.cols() + 1);
  all.head(row.cols()) = row;
  all[row.cols()] = offset;
  const double log_odds = all.dot(coefficients.transpose());
  const double spread = std::sqrt(std::max(0.0, (all * covariance * all.transpose()).value()));
  const auto at = [&](double deviations) {
    return probability_of(calibration_shift + calibration_slope * (log_odds + deviations * spread));
  };
  return {at(0), at(-kChurnTenth), at(kChurnTenth)};
}

std::vector<std::pair<Eigen::Index, double>> ChurnModel::reasons(
    const Eigen::Ref<const Eigen::RowVectorXd>& row, std::size_t most) const {
  std::vector<std::pair<Eigen::Index, double>> out;
  for (Eigen::Index i = 1; i < row.cols(); ++i) {
    const double part = coefficients[i] * (row[i] - average[i]);
    if (std::abs(part) > 0.02) out.emplace_back(i, part);
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::abs(a.second) > std::abs(b.second);
  });
  out.resize(std::min(out.size(), most));
  return out;
}

Calibration calibration_of(const Eigen::VectorXd& probability, const Eigen::VectorXd& happened) {
  Calibration out;
  const auto n = static_cast<std::size_t>(probability.size());
  std::vector<Eigen::Index> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return probability[a] < probability[b]; });
  const double yes = happened.sum();
  const double no = static_cast<double>(n) - yes;
  double ranks = 0;
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i;
    double here = 0;
    while (end < n && probability[order[end]] == probability[order[i]])
      here += happened[order[end++]];
    ranks += here * static_cast<double>(i + end + 1) / 2;  // equal scores share their rank
    i = end;
  }
  if (yes > 0 && no > 0) out.area = (ranks - yes * (yes + 1) / 2) / (yes * no);
  if (n == 0) return out;
  out.brier = (probability - happened).squaredNorm() / static_cast<double>(n);
  constexpr std::size_t kGroups = 10;
  for (std::size_t group = 0; group < kGroups; ++group) {
    double difference = 0;
    for (std::size_t i = group * n / kGroups; i < (group + 1) * n / kGroups; ++i)
      difference += probability[order[i]] - happened[order[i]];
    out.expected_error += std::abs(difference) / static_cast<double>(n);
  }
  return out;
}

}  // namespace souk::segmentation
