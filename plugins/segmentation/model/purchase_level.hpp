// How far a model of repeat buying misses a shop's total, learned by looking back, and the forecast
// of single customers that goes with the total.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/segmentation/model/pareto_nbd.hpp"

namespace souk::segmentation {

/// The days (since 1970) on which somebody ordered, as far as they are remembered.
struct OrderDays {
  std::int32_t first = 0;          ///< the first of all
  std::uint32_t forgotten = 0;     ///< days before `days` that are only counted
  std::vector<std::int32_t> days;  ///< rising, each once

  /// What was known at the end of a day; false before the first order. `unknown`: it can't be said.
  bool summary_at(std::int32_t day, PurchaseSummary& out, bool& unknown) const;
};

/// By how much a shop's expected orders are to be multiplied.
struct LevelCorrection {
  double factor = 1;
  double log_error = 0;  ///< standard error of log(factor)
  unsigned origins = 0;  ///< moments from which was looked; 0: nothing was learned
};

/// Rolling origins (Tashman: Out-of-sample tests of forecasting accuracy, International Journal of
/// Forecasting 16, 2000): from five moments between two and three fifths of the shop's life the
/// model is fitted on what was known then and its total compared with what came until today, or
/// within `horizon_days`. Later origins look too little ahead to say something of a long horizon.
/// The mean of the logarithms, weighted by how far each looked, is shrunk by its spread. Nobody can
/// know from inside what the next season brings: at most a third is added.
[[nodiscard]] LevelCorrection level_by_looking_back(std::span<const OrderDays> customers,
                                                    std::int32_t today, std::int32_t horizon_days,
                                                    const LogNormalPrior<4>& prior);

/// A count that is 0 for those who stopped, else negative binomial.
struct OrderCount {
  double alive = 1;
  double mean = 1;   ///< of those alive
  double shape = 1;  ///< r + x

  /// The smallest count that is reached with this probability.
  [[nodiscard]] double at(double share) const;
  /// The same, rising evenly from each count's probability to the next one's: 0 up to that of 0.
  [[nodiscard]] double evenly_at(double share) const;
};

[[nodiscard]] OrderCount count_of(const ParetoNbd& model, const PurchaseSummary& customer,
                                  double horizon, double level);

/// The share for which everybody's evenly_at() sums to the same as their expectations. Among all
/// forecasts with one sum the absolute error is least where adding to any customer's costs the
/// same: where all are quantiles of one share (Lagrange; the median is that without a sum). 0 for
/// nobody.
[[nodiscard]] double share_of_sum(std::span<const SummaryGroup> groups, const ParetoNbd& model,
                                  double horizon, double level);

}  // namespace souk::segmentation
