// How likely shoppers look at each place of a list, from the log alone.
//
// A product that stands at several places for the same query is an experiment that nobody had to
// make (intervention harvesting: Agarwal, Zaitsev, Wang, Li, Najork, Joachims, WSDM 2019): its
// clicks differ by the place, not by what it is. For each pair of places the ratio of the click
// rates is Mantel and Haenszel's (1959) over all products that stood at both,
//
//   R = Σ c_a n_b / (n_a + n_b)  /  Σ c_b n_a / (n_a + n_b)
//
// which is consistent even when every product was shown only a few times, with the variance of its
// logarithm by Greenland and Robins (1985). The logarithms of all pairs are joined by weighted
// least squares; a weak prior, 1 / log2(1 + place), decides where the log says nothing.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace souk::search {

class PositionBias {
 public:
  /// Places 1 … 10 each, 11–15, 16–20, 21–40, and what comes after.
  static constexpr std::size_t kBuckets = 14;
  [[nodiscard]] static std::size_t bucket(std::uint32_t position);
  /// A place in the middle of a bucket.
  [[nodiscard]] static double middle(std::size_t bucket);

  /// As long as nothing is known: the discount of DCG.
  PositionBias();

  /// Relative to the first place.
  [[nodiscard]] double at(std::uint32_t position) const { return looks_[bucket(position)]; }
  [[nodiscard]] const std::array<double, kBuckets>& looks() const { return looks_; }
  /// Products of a query that stood at more than one place; what the estimate rests on.
  [[nodiscard]] std::uint64_t experiments() const { return experiments_; }

 private:
  friend class PositionBiasEstimator;
  std::array<double, kBuckets> looks_{};
  std::uint64_t experiments_ = 0;
};

class PositionBiasEstimator {
 public:
  /// A product was shown. `stratum`: what makes its appeal the same: query, product, and what it is
  /// to this kind of shopper.
  void shown(std::uint64_t stratum, std::uint32_t position, bool clicked);
  [[nodiscard]] PositionBias estimate();

 private:
  struct Shown {
    std::uint64_t stratum = 0;
    std::uint8_t bucket = 0;
    bool clicked = false;
  };
  std::vector<Shown> shown_;
};

}  // namespace souk::search
