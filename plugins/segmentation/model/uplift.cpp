#include "plugins/segmentation/model/uplift.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace souk::segmentation {
namespace {

constexpr double kTenthBeyond = 1.2816;
constexpr double kLeastPrecision = 3;
constexpr double kMostPrecision = 3'000;
constexpr double kFirstPrecision = 30;
constexpr double kTailFreedom = 3;
constexpr int kTailRounds = 4;
constexpr double kWiderPrior = 4;

/// Sum of squares of the slopes and how many of them the data decide.
struct SlopeEvidence {
  double squares = 0;
  double decided = 0;
};

SlopeEvidence evidence_of(const LogisticFit& fit, double precision, Eigen::Index columns) {
  SlopeEvidence out;
  for (Eigen::Index i = columns + 1; i < 2 * columns; ++i) {
    out.squares += fit.coefficients[i] * fit.coefficients[i];
    out.decided += 1 - precision * fit.covariance(i, i);
  }
  return out;
}

}  // namespace

UpliftModel UpliftModel::fit(const Eigen::MatrixXd& rows, const Eigen::VectorXd& outcome,
                             const Eigen::VectorXd& treated, double precision) {
  UpliftModel model;
  const Eigen::Index columns = rows.cols();
  model.treated_share = rows.rows() > 0 ? treated.mean() : 0.5;
  Eigen::MatrixXd both(rows.rows(), 2 * columns);
  both.leftCols(columns) = rows;
  both.rightCols(columns) = (treated.array() - model.treated_share).matrix().asDiagonal() * rows;
  CoefficientPrior prior{Eigen::VectorXd::Zero(2 * columns), Eigen::VectorXd::Ones(2 * columns)};
  prior.precision[0] = 1e-6;
  prior.precision[columns] = 1e-2;
  model.precision = precision > 0 ? precision : kFirstPrecision;
  LogisticFit fit;
  for (int round = 0; round < 12; ++round) {
    prior.precision.tail(columns - 1).setConstant(model.precision);
    fit = fit_logistic(both, outcome, prior);
    if (columns < 2 || precision > 0) break;
    const SlopeEvidence found = evidence_of(fit, model.precision, columns);
    // Half a slope of a hundredth: what is believed of slopes before any data.
    const double next = std::clamp((found.decided + 0.5) / (found.squares + 0.5 / 100),
                                   kLeastPrecision, kMostPrecision);
    const bool settled = std::abs(std::log(next / model.precision)) < 0.02;
    model.precision = next;
    if (settled) break;
  }
  // A few slopes are large where most are nothing: tails of Student's distribution shrink these
  // less.
  for (int round = 0; round < kTailRounds; ++round) {
    for (Eigen::Index i = columns + 1; i < 2 * columns; ++i) {
      const double square = fit.coefficients[i] * fit.coefficients[i] + fit.covariance(i, i);
      prior.precision[i] = (kTailFreedom + 1) / (kTailFreedom / model.precision + square);
    }
    fit = fit_logistic(both, outcome, prior);
  }
  model.coefficients = fit.coefficients;
  model.regular = fit.regular;
  // How wide the prior should be is not known either: ranges are those of one that is wider.
  prior.precision.tail(columns - 1) /= kWiderPrior;
  model.covariance = logistic_covariance(both, prior, fit.coefficients);
  return model;
}

double UpliftModel::value(const Eigen::Ref<const Eigen::RowVectorXd>& row) const {
  const Eigen::Index columns = row.cols();
  const double base = row.dot(coefficients.head(columns).transpose());
  const double slope = row.dot(coefficients.tail(columns).transpose());
  return probability_of(base + (1 - treated_share) * slope) -
         probability_of(base - treated_share * slope);
}

Change UpliftModel::change(const Eigen::Ref<const Eigen::RowVectorXd>& row) const {
  const Eigen::Index columns = row.cols();
  const double base = row.dot(coefficients.head(columns).transpose());
  const double slope = row.dot(coefficients.tail(columns).transpose());
  const double with = probability_of(base + (1 - treated_share) * slope);
  const double without = probability_of(base - treated_share * slope);
  const double by_with = with * (1 - with);
  const double by_without = without * (1 - without);
  Eigen::VectorXd gradient(2 * columns);
  gradient.head(columns) = (by_with - by_without) * row.transpose();
  gradient.tail(columns) =
      (by_with * (1 - treated_share) + by_without * treated_share) * row.transpose();
  const double spread = std::sqrt(std::max(0.0, gradient.dot(covariance * gradient)));
  return {with - without, with - without - kTenthBeyond * spread,
          with - without + kTenthBeyond * spread};
}

std::vector<std::pair<Eigen::Index, double>> UpliftModel::strongest(std::size_t most) const {
  const Eigen::Index columns = coefficients.size() / 2;
  std::vector<std::pair<Eigen::Index, double>> out;
  for (Eigen::Index i = 1; i < columns; ++i) {
    const double slope = coefficients[columns + i];
    // A slope that its error explains is no reason.
    if (std::abs(slope) > std::sqrt(std::max(0.0, covariance(columns + i, columns + i)))) {
      out.emplace_back(i, slope);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::abs(a.second) > std::abs(b.second);
  });
  out.resize(std::min(out.size(), most));
  return out;
}

Eigen::VectorXd two_model_uplift(const Eigen::MatrixXd& rows, const Eigen::VectorXd& outcome,
                                 const Eigen::VectorXd& treated, const Eigen::MatrixXd& asked) {
  // A trace of a prior, so that separable data have an answer too.
  CoefficientPrior prior{Eigen::VectorXd::Zero(rows.cols()),
                         Eigen::VectorXd::Constant(rows.cols(), 1e-3)};
  const LogisticFit with = fit_logistic(rows, outcome, prior, treated);
  const LogisticFit without = fit_logistic(rows, outcome, prior, (1 - treated.array()).matrix());
  Eigen::VectorXd out(asked.rows());
  for (Eigen::Index i = 0; i < asked.rows(); ++i) {
    out[i] = probability_of(with.log_odds(asked.row(i))) -
             probability_of(without.log_odds(asked.row(i)));
  }
  return out;
}

namespace {

double area_in_order(const std::vector<Eigen::Index>& order, const Eigen::VectorXd& score,
                     const Eigen::VectorXd& outcome, const Eigen::VectorXd& treated,
                     const Eigen::VectorXd& weight) {
  double outcomes[2] = {0, 0};
  double people[2] = {0, 0};
  double area = 0;
  double height = 0;
  double all = 0;
  for (std::size_t i = 0; i < order.size();) {
    double width = 0;
    const double here = score[order[i]];
    for (; i < order.size() && score[order[i]] == here; ++i) {
      const Eigen::Index row = order[i];
      const double times = weight.size() == 0 ? 1 : weight[row];
      const int arm = treated[row] > 0.5 ? 1 : 0;
      outcomes[arm] += times * outcome[row];
      people[arm] += times;
      width += times;
    }
    const double next =
        people[0] > 0 ? outcomes[1] - outcomes[0] * people[1] / people[0] : outcomes[1];
    area += width * (height + next) / 2;
    height = next;
    all += width;
  }
  return all > 0 ? (area - height * all / 2) / (all * all) : 0;
}

std::vector<Eigen::Index> by_score(const Eigen::VectorXd& score) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(score.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return score[a] > score[b]; });
  return order;
}

}  // namespace

double qini_area(const Eigen::VectorXd& score, const Eigen::VectorXd& outcome,
                 const Eigen::VectorXd& treated, const Eigen::VectorXd& weight) {
  return area_in_order(by_score(score), score, outcome, treated, weight);
}

Change qini_range(const Eigen::VectorXd& score, const Eigen::VectorXd& outcome,
                  const Eigen::VectorXd& treated, unsigned seed) {
  constexpr std::size_t kDraws = 100;
  const std::vector<Eigen::Index> order = by_score(score);
  std::mt19937_64 random(seed);
  std::poisson_distribution<int> times(1);
  std::vector<double> draws;
  Eigen::VectorXd weight(score.size());
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    for (Eigen::Index i = 0; i < weight.size(); ++i)
      weight[i] = times(random);
    draws.push_back(area_in_order(order, score, outcome, treated, weight));
  }
  std::sort(draws.begin(), draws.end());
  return {area_in_order(order, score, outcome, treated, {}), draws[kDraws / 10],
          draws[kDraws - 1 - kDraws / 10]};
}

Change policy_value(const std::vector<bool>& treat, const Eigen::VectorXd& outcome,
                    const Eigen::VectorXd& treated) {
  Change out;
  const auto n = static_cast<double>(outcome.size());
  if (outcome.size() == 0) return out;
  const double share = std::clamp(treated.mean(), 1e-6, 1 - 1e-6);
  double sum = 0;
  double squares = 0;
  for (Eigen::Index i = 0; i < outcome.size(); ++i) {
    const bool was = treated[i] > 0.5;
    if (was != treat[static_cast<std::size_t>(i)]) continue;
    const double value = outcome[i] / (was ? share : 1 - share);
    sum += value;
    squares += value * value;
  }
  out.value = sum / n;
  const double error = std::sqrt(std::max(0.0, squares / n - out.value * out.value) / n);
  out.low = out.value - kTenthBeyond * error;
  out.high = out.value + kTenthBeyond * error;
  return out;
}

}  // namespace souk::segmentation
