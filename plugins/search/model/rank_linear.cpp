#include "plugins/search/model/rank_linear.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <vector>

namespace souk::search {
namespace {

constexpr auto kSize = static_cast<Eigen::Index>(kRankFeatures);
using Vector = Eigen::Matrix<double, kSize, 1>;
using Matrix = Eigen::Matrix<double, kSize, kSize>;

Vector row_of(const RankedItem& item) {
  Vector x;
  const RankRow row = to_row(item.features);
  for (Eigen::Index f = 0; f < kSize; ++f)
    x[f] = static_cast<double>(row[static_cast<std::size_t>(f)]);
  return x;
}

/// Adds a list's part of the gradient and of the (negated) second derivatives; its log-likelihood.
double add_list(std::span<const RankedItem> items, const Vector& weights, std::vector<Vector>& rows,
                std::vector<double>& chance, Vector& gradient, Matrix& curvature) {
  double taken = 0;
  rows.clear();
  chance.clear();
  double top = -1e300;
  for (const RankedItem& item : items) {
    rows.push_back(row_of(item));
    chance.push_back(static_cast<double>(item.present) + weights.dot(rows.back()));
    top = std::max(top, chance.back());
    taken += static_cast<double>(item.gain * item.weight);
  }
  double sum = 0;
  for (double& score : chance)
    sum += std::exp(score - top);
  const double log_sum = top + std::log(sum);
  double value = 0;
  Vector mean = Vector::Zero();
  Vector seen = Vector::Zero();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const double worth = static_cast<double>(items[i].gain * items[i].weight);
    if (worth > 0) {
      value += worth * (chance[i] - log_sum);
      seen += worth * rows[i];
    }
    chance[i] = std::exp(chance[i] - log_sum);
    mean += chance[i] * rows[i];
  }
  gradient += seen - taken * mean;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Vector away = rows[i] - mean;
    curvature.noalias() += (taken * chance[i]) * away * away.transpose();
  }
  return value;
}

}  // namespace

RankWeights train_linear(const RankedLists& lists, std::size_t first, std::size_t last,
                         const LinearOptions& options, const std::function<bool()>& cancelled) {
  // A prior of the same strength for features of any range: by their ranges.
  Vector prior;
  for (Eigen::Index f = 0; f < kSize; ++f) {
    const RankFeatureInfo& info = kRankFeatureInfo[static_cast<std::size_t>(f)];
    const double spread = static_cast<double>(info.high - info.low) / 4;
    prior[f] = options.prior * spread * spread;
  }
  Vector weights = Vector::Zero();
  Vector best = weights;
  double best_value = -1e300;
  std::vector<Vector> rows;
  std::vector<double> chance;
  Vector step = Vector::Zero();
  for (int i = 0; i < options.iterations && !cancelled(); ++i) {
    Vector gradient = -prior.cwiseProduct(weights);
    Matrix curvature = prior.asDiagonal();
    double value = -0.5 * weights.dot(prior.cwiseProduct(weights));
    for (std::size_t l = first; l < last; ++l) {
      const auto items = lists.list(l);
      bool taken = false;
      for (const RankedItem& item : items)
        taken = taken || item.gain > 0;
      if (taken) value += add_list(items, weights, rows, chance, gradient, curvature);
    }
    if (value < best_value) {
      // Too far: half as far from where it was better.
      step *= 0.5;
      weights = best + step;
      continue;
    }
    const bool done = value - best_value < 1e-7 * std::abs(value);
    best_value = value;
    best = weights;
    if (done) break;
    step = curvature.ldlt().solve(gradient);
    weights = best + step;
  }
  RankWeights made{};
  for (std::size_t f = 0; f < kRankFeatures; ++f)
    made[f] = static_cast<float>(best[static_cast<Eigen::Index>(f)]);
  return made;
}

}  // namespace souk::search
