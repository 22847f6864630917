#include "plugins/search/model/position_bias.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace souk::search {
namespace {

constexpr std::size_t kBuckets = PositionBias::kBuckets;
/// The prior's weight: as if ln(look) were known to ± 0.7.
constexpr double kPriorPrecision = 2;
constexpr double kLeastLook = 0.01;

struct Pair {
  double numerator = 0;
  double denominator = 0;
  double variance = 0;  ///< Σ of the numerator of Greenland and Robins
};

struct Cell {
  double shown = 0;
  double clicked = 0;
};

using Cells = std::array<Cell, kBuckets>;
using Pairs = std::array<std::array<Pair, kBuckets>, kBuckets>;

void count(const Cells& cells, Pairs& pairs) {
  for (std::size_t a = 0; a < kBuckets; ++a) {
    if (cells[a].shown == 0) continue;
    for (std::size_t b = a + 1; b < kBuckets; ++b) {
      if (cells[b].shown == 0) continue;
      const double all = cells[a].shown + cells[b].shown;
      const double clicks = cells[a].clicked + cells[b].clicked;
      Pair& pair = pairs[a][b];
      pair.numerator += cells[a].clicked * cells[b].shown / all;
      pair.denominator += cells[b].clicked * cells[a].shown / all;
      pair.variance += clicks * cells[a].shown * cells[b].shown / (all * all) -
                       cells[a].clicked * cells[b].clicked / all;
    }
  }
}

}  // namespace

std::size_t PositionBias::bucket(std::uint32_t position) {
  if (position <= 10) return position == 0 ? 0 : position - 1;
  if (position <= 15) return 10;
  if (position <= 20) return 11;
  return position <= 40 ? 12 : 13;
}

double PositionBias::middle(std::size_t bucket) {
  if (bucket < 10) return static_cast<double>(bucket) + 1;
  constexpr std::array<double, 4> kMiddle{13, 18, 30, 60};
  return kMiddle[bucket - 10];
}

PositionBias::PositionBias() {
  for (std::size_t b = 0; b < kBuckets; ++b)
    looks_[b] = 1 / std::log2(1 + middle(b));
}

void PositionBiasEstimator::shown(std::uint64_t stratum, std::uint32_t position, bool clicked) {
  shown_.push_back({stratum, static_cast<std::uint8_t>(PositionBias::bucket(position)), clicked});
}

PositionBias PositionBiasEstimator::estimate() {
  PositionBias made;
  std::sort(shown_.begin(), shown_.end(),
            [](const Shown& a, const Shown& b) { return a.stratum < b.stratum; });
  Pairs pairs{};
  for (std::size_t i = 0; i < shown_.size();) {
    Cells cells{};
    const std::uint64_t stratum = shown_[i].stratum;
    bool moved = false;
    const std::uint8_t first = shown_[i].bucket;
    for (; i < shown_.size() && shown_[i].stratum == stratum; ++i) {
      Cell& cell = cells[shown_[i].bucket];
      cell.shown += 1;
      cell.clicked += shown_[i].clicked ? 1 : 0;
      moved = moved || shown_[i].bucket != first;
    }
    if (!moved) continue;
    ++made.experiments_;
    count(cells, pairs);
  }
  // Unknown: ln(look) of each bucket but the first, which is 1.
  const auto size = static_cast<Eigen::Index>(kBuckets - 1);
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Identity(size, size) * kPriorPrecision;
  Eigen::VectorXd right(size);
  for (Eigen::Index k = 0; k < size; ++k)
    right[k] = kPriorPrecision * std::log(made.looks_[static_cast<std::size_t>(k) + 1]);
  for (std::size_t a = 0; a < kBuckets; ++a) {
    for (std::size_t b = a + 1; b < kBuckets; ++b) {
      const Pair& pair = pairs[a][b];
      if (pair.numerator <= 0 || pair.denominator <= 0 || pair.variance <= 0) continue;
      const double ratio = std::log(pair.numerator / pair.denominator);
      const double precision = pair.numerator * pair.denominator / pair.variance;
      const auto j = static_cast<Eigen::Index>(b) - 1;
      matrix(j, j) += precision;
      right[j] -= precision * ratio;
      if (a == 0) continue;
      const auto i = static_cast<Eigen::Index>(a) - 1;
      matrix(i, i) += precision;
      matrix(i, j) -= precision;
      matrix(j, i) -= precision;
      right[i] += precision * ratio;
    }
  }
  const Eigen::VectorXd solved = matrix.ldlt().solve(right);
  for (Eigen::Index k = 0; k < size; ++k)
    made.looks_[static_cast<std::size_t>(k) + 1] = std::clamp(std::exp(solved[k]), kLeastLook, 2.0);
  return made;
}

}  // namespace souk::search
