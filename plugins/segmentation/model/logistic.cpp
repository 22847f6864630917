#include "plugins/segmentation/model/logistic.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace souk::segmentation {
namespace {

constexpr unsigned kMostSteps = 60;

/// log(1 + e^x) without overflow.
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

double weight_at(const Eigen::VectorXd& weight, Eigen::Index row) {
  return weight.size() == 0 ? 1.0 : weight[row];
}

/// Minus the second derivatives. The matrix is symmetric: one half is summed.
Eigen::MatrixXd curvature(const Eigen::MatrixXd& rows, const CoefficientPrior& prior,
                          const Eigen::VectorXd& weight, const Eigen::VectorXd& at) {
  const Eigen::VectorXd log_odds = rows * at;
  Eigen::VectorXd scale(rows.rows());
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const double p = probability_of(log_odds[i]);
    scale[i] = std::sqrt(weight_at(weight, i) * std::max(p * (1 - p), 1e-12));
  }
  const Eigen::MatrixXd scaled = scale.asDiagonal() * rows;
  Eigen::MatrixXd out = prior.precision.asDiagonal();
  out.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
  return out.selfadjointView<Eigen::Lower>();
}

}  // namespace

double probability_of(double log_odds) {
  return log_odds >= 0 ? 1 / (1 + std::exp(-log_odds))
                       : std::exp(log_odds) / (1 + std::exp(log_odds));
}

double log_odds_of(double probability) {
  const double p = std::clamp(probability, 1e-9, 1 - 1e-9);
  return std::log(p / (1 - p));
}

double LogisticFit::spread(const Eigen::Ref<const Eigen::RowVectorXd>& row) const {
  return std::sqrt(std::max(0.0, (row * covariance * row.transpose()).value()));
}

double logistic_posterior(const Eigen::MatrixXd& rows, const Eigen::VectorXd& outcome,
                          const CoefficientPrior& prior, const Eigen::VectorXd& weight,
                          const Eigen::VectorXd& coefficients, Eigen::VectorXd* gradient) {
  const Eigen::VectorXd log_odds = rows * coefficients;
  const Eigen::VectorXd away = coefficients - prior.mean;
  double value = -away.dot(prior.precision.cwiseProduct(away)) / 2;
  Eigen::VectorXd residual(rows.rows());
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const double w = weight_at(weight, i);
    value += w * (outcome[i] * log_odds[i] - softplus(log_odds[i]));
    residual[i] = w * (outcome[i] - probability_of(log_odds[i]));
  }
  if (gradient != nullptr) {
    *gradient = rows.transpose() * residual - prior.precision.cwiseProduct(away);
  }
  return value;
}

Eigen::MatrixXd logistic_covariance(const Eigen::MatrixXd& rows, const CoefficientPrior& prior,
                                    const Eigen::VectorXd& coefficients) {
  const Eigen::Index columns = rows.cols();
  const Eigen::LDLT<Eigen::MatrixXd> factor(curvature(rows, prior, {}, coefficients));
  return factor.solve(Eigen::MatrixXd::Identity(columns, columns));
}

LogisticFit fit_logistic(const Eigen::MatrixXd& rows, const Eigen::VectorXd& outcome,
                         const CoefficientPrior& prior, const Eigen::VectorXd& weight) {
  LogisticFit fit;
  const Eigen::Index columns = rows.cols();
  fit.coefficients = prior.mean;
  Eigen::VectorXd gradient(columns);
  double value = logistic_posterior(rows, outcome, prior, weight, fit.coefficients, &gradient);
  Eigen::LDLT<Eigen::MatrixXd> factor;
  for (; fit.steps < kMostSteps; ++fit.steps) {
    factor.compute(curvature(rows, prior, weight, fit.coefficients));
    const Eigen::VectorXd step = factor.solve(gradient);
    if (!step.allFinite()) break;
    if (gradient.dot(step) < 1e-9 * (1 + std::abs(value))) {
      fit.regular = true;
      break;
    }
    double share = 1;
    Eigen::VectorXd next_gradient(columns);
    double next = 0;
    for (; share > 1e-6; share /= 2) {
      next = logistic_posterior(rows, outcome, prior, weight, fit.coefficients + share * step,
                                &next_gradient);
      if (std::isfinite(next) && next >= value) break;
    }
    if (share <= 1e-6) break;
    fit.coefficients += share * step;
    value = next;
    gradient = next_gradient;
  }
  factor.compute(curvature(rows, prior, weight, fit.coefficients));
  fit.covariance = factor.solve(Eigen::MatrixXd::Identity(columns, columns));
  CoefficientPrior none{prior.mean, Eigen::VectorXd::Zero(columns)};
  fit.log_likelihood = logistic_posterior(rows, outcome, none, weight, fit.coefficients, nullptr);
  // Nothing is left to explain: the data are separable, and the maximum lies at infinity.
  if (fit.log_likelihood > -1e-5 * static_cast<double>(rows.rows())) fit.regular = false;
  return fit;
}

}  // namespace souk::segmentation
