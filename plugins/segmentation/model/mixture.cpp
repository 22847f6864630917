#include "plugins/segmentation/model/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace souk::segmentation {
namespace {

constexpr int kStarts = 5;
constexpr int kLloydSteps = 40;
constexpr int kEmSteps = 80;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Uniform in [0, 1), the same on every library.
double uniform_of(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11U) * 0x1.0p-53;
}

Points first_centres(const Points& points, Eigen::Index groups, std::mt19937_64& random) {
  Points centres(groups, points.cols());
  const auto n = static_cast<std::uint64_t>(points.rows());
  centres.row(0) = points.row(static_cast<Eigen::Index>(random() % n));
  Eigen::VectorXd nearest = Eigen::VectorXd::Constant(points.rows(), kInfinity);
  Eigen::Index made = 1;
  for (; made < groups; ++made) {
    nearest = nearest.cwiseMin((points.rowwise() - centres.row(made - 1)).rowwise().squaredNorm());
    const double all = nearest.sum();
    if (!(all > 0)) break;  // every point is a centre already
    double left = uniform_of(random) * all;
    Eigen::Index at = 0;
    while (at + 1 < points.rows() && (left -= nearest[at]) > 0)
      ++at;
    centres.row(made) = points.row(at);
  }
  return centres.topRows(made);
}

struct Lloyd {
  Points centres;
  std::vector<Eigen::Index> group;
  double inertia = kInfinity;
};

Lloyd lloyd(const Points& points, Points centres) {
  Lloyd out{std::move(centres), std::vector<Eigen::Index>(static_cast<std::size_t>(points.rows())),
            kInfinity};
  for (int step = 0; step < kLloydSteps; ++step) {
    Points sums = Points::Zero(out.centres.rows(), points.cols());
    Eigen::VectorXd sizes = Eigen::VectorXd::Zero(out.centres.rows());
    double inertia = 0;
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      Eigen::Index best = 0;
      inertia += (out.centres.rowwise() - points.row(i)).rowwise().squaredNorm().minCoeff(&best);
      out.group[static_cast<std::size_t>(i)] = best;
      sums.row(best) += points.row(i);
      sizes[best] += 1;
    }
    for (Eigen::Index g = 0; g < sizes.size(); ++g)
      if (sizes[g] > 0) out.centres.row(g) = sums.row(g) / sizes[g];
    const bool settled = inertia > out.inertia * (1 - 1e-7);
    out.inertia = inertia;
    if (settled) break;
  }
  return out;
}

Mixture from_groups(const Points& points, const Lloyd& start) {
  Mixture out;
  const Eigen::Index groups = start.centres.rows();
  out.means = start.centres;
  out.weights = Eigen::VectorXd::Zero(groups);
  out.variances = Points::Zero(groups, points.cols());
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Eigen::Index g = start.group[static_cast<std::size_t>(i)];
    out.weights[g] += 1;
    out.variances.row(g) += (points.row(i) - out.means.row(g)).cwiseAbs2();
  }
  for (Eigen::Index g = 0; g < groups; ++g)
    out.variances.row(g) /= std::max(1.0, out.weights[g]);
  out.variances = out.variances.cwiseMax(Mixture::kLeastVariance);
  out.weights = (out.weights.array() + 1e-9).matrix() / (out.weights.sum() + 1e-9);
  return out;
}

/// What of a group's log-density does not depend on the point.
Eigen::VectorXd constants_of(const Mixture& mixture) {
  constexpr double kLogTwoPi = 1.8378770664093453;
  Eigen::VectorXd out(mixture.weights.size());
  for (Eigen::Index g = 0; g < out.size(); ++g) {
    out[g] = std::log(std::max(1e-300, mixture.weights[g])) -
             (mixture.variances.row(g).array().log().sum() +
              kLogTwoPi * static_cast<double>(mixture.means.cols())) /
                 2;
  }
  return out;
}

/// One step: the likelihood before it, the mixture after it.
double em_step(const Points& points, Mixture& mixture) {
  const Eigen::Index groups = mixture.weights.size();
  const Eigen::VectorXd constants = constants_of(mixture);
  const Points inverse = mixture.variances.cwiseInverse();
  Eigen::VectorXd sizes = Eigen::VectorXd::Constant(groups, 1e-9);
  Points sums = Points::Zero(groups, points.cols());
  Points squares = Points::Zero(groups, points.cols());
  Eigen::VectorXd log_density(groups);
  double likelihood = 0;
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const auto point = points.row(i);
    for (Eigen::Index g = 0; g < groups; ++g) {
      log_density[g] =
          constants[g] -
          (point - mixture.means.row(g)).cwiseAbs2().cwiseProduct(inverse.row(g)).sum() / 2;
    }
    const double highest = log_density.maxCoeff();
    const Eigen::VectorXd part = (log_density.array() - highest).exp();
    const double total = part.sum();
    likelihood += highest + std::log(total);
    for (Eigen::Index g = 0; g < groups; ++g) {
      const double share = part[g] / total;
      if (share < 1e-12) continue;
      sizes[g] += share;
      sums.row(g) += share * point;
      squares.row(g) += share * point.cwiseAbs2();
    }
  }
  for (Eigen::Index g = 0; g < groups; ++g) {
    mixture.means.row(g) = sums.row(g) / sizes[g];
    mixture.variances.row(g) = squares.row(g) / sizes[g] - mixture.means.row(g).cwiseAbs2();
  }
  mixture.variances = mixture.variances.cwiseMax(Mixture::kLeastVariance);
  mixture.weights = sizes / sizes.sum();
  return likelihood;
}

}  // namespace

Eigen::Index Mixture::group_of(const Eigen::Ref<const Eigen::RowVectorXd>& point) const {
  const Eigen::VectorXd constants = constants_of(*this);
  Eigen::Index best = 0;
  double highest = -kInfinity;
  for (Eigen::Index g = 0; g < weights.size(); ++g) {
    const double here =
        constants[g] -
        ((point - means.row(g)).array().square() / variances.row(g).array()).sum() / 2;
    if (here <= highest) continue;
    highest = here;
    best = g;
  }
  return best;
}

Mixture fit_mixture(const Points& points, Eigen::Index groups, std::uint64_t seed) {
  Lloyd best;
  std::mt19937_64 random(seed);
  for (int start = 0; start < (groups > 1 ? kStarts : 1); ++start) {
    Lloyd one = lloyd(points, first_centres(points, groups, random));
    if (one.inertia < best.inertia) best = std::move(one);
  }
  Mixture mixture = from_groups(points, best);
  double before = -kInfinity;
  for (int step = 0; step < kEmSteps; ++step) {
    mixture.log_likelihood = em_step(points, mixture);
    if (mixture.log_likelihood - before < 1e-5 * static_cast<double>(points.rows())) break;
    before = mixture.log_likelihood;
  }
  const auto parameters = static_cast<double>(mixture.weights.size() * (2 * points.cols() + 1) - 1);
  mixture.bic =
      parameters * std::log(static_cast<double>(points.rows())) - 2 * mixture.log_likelihood;
  return mixture;
}

double silhouette_of(const Points& points, const std::vector<Eigen::Index>& group,
                     Eigen::Index groups, Eigen::Index most) {
  if (groups < 2 || points.rows() < 3) return 0;
  const Eigen::Index stride = 1 + (points.rows() - 1) / most;
  double sum = 0;
  double counted = 0;
  for (Eigen::Index i = 0; i < points.rows(); i += stride) {
    Eigen::VectorXd distance = Eigen::VectorXd::Zero(groups);
    Eigen::VectorXd size = Eigen::VectorXd::Zero(groups);
    for (Eigen::Index j = 0; j < points.rows(); j += stride) {
      if (i == j) continue;
      const Eigen::Index g = group[static_cast<std::size_t>(j)];
      distance[g] += (points.row(i) - points.row(j)).norm();
      size[g] += 1;
    }
    const Eigen::Index own = group[static_cast<std::size_t>(i)];
    counted += 1;
    if (size[own] == 0) continue;  // alone: 0 by definition
    const double within = distance[own] / size[own];
    double other = kInfinity;
    for (Eigen::Index g = 0; g < groups; ++g)
      if (g != own && size[g] > 0) other = std::min(other, distance[g] / size[g]);
    if (std::isfinite(other) && std::max(within, other) > 0)
      sum += (other - within) / std::max(within, other);
  }
  return counted > 0 ? sum / counted : 0;
}

ChosenMixture choose_mixture(const Points& points, Eigen::Index fewest, Eigen::Index most,
                             double least, std::uint64_t seed) {
  ChosenMixture best;
  best.mixture = fit_mixture(points, 1, seed);
  const double one = best.mixture.bic;
  for (Eigen::Index groups = std::max<Eigen::Index>(2, fewest); groups <= most; ++groups) {
    if (groups * 2 > points.rows()) break;
    Mixture mixture = fit_mixture(points, groups, seed + static_cast<std::uint64_t>(groups));
    std::vector<Eigen::Index> group(static_cast<std::size_t>(points.rows()));
    std::vector<double> sizes(static_cast<std::size_t>(mixture.weights.size()), 0);
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      group[static_cast<std::size_t>(i)] = mixture.group_of(points.row(i));
      ++sizes[static_cast<std::size_t>(group[static_cast<std::size_t>(i)])];
    }
    const bool asked = fewest == most;
    const double smallest = *std::min_element(sizes.begin(), sizes.end());
    if (!asked && (mixture.bic >= one || smallest < least * static_cast<double>(points.rows()))) {
      continue;
    }
    const double silhouette = silhouette_of(points, group, mixture.weights.size());
    if (asked || silhouette > best.silhouette + 1e-3) best = {std::move(mixture), silhouette};
  }
  return best;
}

std::vector<int> best_assignment(const Eigen::MatrixXd& gain) {
  // Shortest augmenting paths with potentials over the square that holds both, rows from 1.
  const Eigen::Index n = std::max(gain.rows(), gain.cols());
  const auto cost = [&](Eigen::Index row, Eigen::Index column) {
    return row <= gain.rows() && column <= gain.cols() ? -gain(row - 1, column - 1) : 0.0;
  };
  Eigen::VectorXd row_potential = Eigen::VectorXd::Zero(n + 1);
  Eigen::VectorXd column_potential = Eigen::VectorXd::Zero(n + 1);
  std::vector<Eigen::Index> row_of(static_cast<std::size_t>(n + 1), 0);
  for (Eigen::Index row = 1; row <= n; ++row) {
    row_of[0] = row;
    Eigen::Index at = 0;
    Eigen::VectorXd least = Eigen::VectorXd::Constant(n + 1, kInfinity);
    std::vector<Eigen::Index> from(static_cast<std::size_t>(n + 1), 0);
    std::vector<bool> used(static_cast<std::size_t>(n + 1), false);
    while (row_of[static_cast<std::size_t>(at)] != 0) {
      used[static_cast<std::size_t>(at)] = true;
      const Eigen::Index here = row_of[static_cast<std::size_t>(at)];
      double step = kInfinity;
      Eigen::Index next = 0;
      for (Eigen::Index column = 1; column <= n; ++column) {
        if (used[static_cast<std::size_t>(column)]) continue;
        const double reduced = cost(here, column) - row_potential[here] - column_potential[column];
        if (reduced < least[column]) {
          least[column] = reduced;
          from[static_cast<std::size_t>(column)] = at;
        }
        if (least[column] < step) {
          step = least[column];
          next = column;
        }
      }
      for (Eigen::Index column = 0; column <= n; ++column) {
        if (used[static_cast<std::size_t>(column)]) {
          row_potential[row_of[static_cast<std::size_t>(column)]] += step;
          column_potential[column] -= step;
        } else {
          least[column] -= step;
        }
      }
      at = next;
    }
    for (; at != 0; at = from[static_cast<std::size_t>(at)])
      row_of[static_cast<std::size_t>(at)] =
          row_of[static_cast<std::size_t>(from[static_cast<std::size_t>(at)])];
  }
  std::vector<int> out(static_cast<std::size_t>(gain.rows()), -1);
  for (Eigen::Index column = 1; column <= gain.cols(); ++column) {
    const Eigen::Index row = row_of[static_cast<std::size_t>(column)];
    if (row >= 1 && row <= gain.rows())
      out[static_cast<std::size_t>(row - 1)] = static_cast<int>(column - 1);
  }
  return out;
}

double adjusted_rand_index(const std::vector<Eigen::Index>& a, const std::vector<Eigen::Index>& b) {
  std::map<std::pair<Eigen::Index, Eigen::Index>, double> both;
  std::map<Eigen::Index, double> of_a;
  std::map<Eigen::Index, double> of_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++both[{a[i], b[i]}];
    ++of_a[a[i]];
    ++of_b[b[i]];
  }
  const auto pairs = [](double n) { return n * (n - 1) / 2; };
  double together = 0;
  double pairs_a = 0;
  double pairs_b = 0;
  for (const auto& [key, n] : both)
    together += pairs(n);
  for (const auto& [key, n] : of_a)
    pairs_a += pairs(n);
  for (const auto& [key, n] : of_b)
    pairs_b += pairs(n);
  const double chance = pairs_a * pairs_b / std::max(1.0, pairs(static_cast<double>(a.size())));
  const double most = (pairs_a + pairs_b) / 2;
  return most == chance ? 1 : (together - chance) / (most - chance);
}

}  // namespace souk::segmentation
