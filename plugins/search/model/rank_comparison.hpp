// What another order of the same lists would have brought, from clicks under the order that was
// shown.
//
// A click at a place that few look at stands for all who would have clicked had they looked: it
// counts by the inverse of that place's look (inverse propensity scoring; Joachims, Swaminathan,
// Schnabel, WSDM 2017), clipped. The gain is divided by the sum of the weights (self-normalised:
// Swaminathan, Joachims, NeurIPS 2015). Both orders are judged by the same clicks, so their
// difference is known better than either; its interval is a bootstrap over lists.
#pragma once

#include <cstdint>

#include "plugins/search/model/position_bias.hpp"
#include "plugins/search/model/rank_model.hpp"

namespace souk::search {

struct Estimate {
  double value = 0;
  double low = 0;  ///< 2.5 % of resamples lie below
  double high = 0;
};

struct RankComparison {
  std::uint64_t lists = 0;
  std::uint64_t taken = 0;  ///< lists with something taken
  /// Mean of 1 / log2(1 + place) over what was taken: the NDCG of one wanted product.
  Estimate present_gain, learned_gain, gain_difference;
  /// Expected clicks a hundred searches.
  Estimate present_clicks, learned_clicks, clicks_difference;
};

/// Of lists [first, last). The order of the present is that of RankedItem::present.
[[nodiscard]] RankComparison compare(const RankedLists& lists, std::size_t first, std::size_t last,
                                     const RankModel& model, const PositionBias& bias,
                                     int resamples = 400);

/// The learned order's gain alone; for choosing.
[[nodiscard]] double learned_gain(const RankedLists& lists, std::size_t first, std::size_t last,
                                  const RankModel& model);

/// How much each feature moves products within their lists: the mean distance of its contribution
/// from the list's mean.
[[nodiscard]] RankRow importance(const RankedLists& lists, std::size_t first, std::size_t last,
                                 const RankModel& model);

}  // namespace souk::search
