// Examples → a ranker and its report. No host: a function of its arguments and of how much time it
// gets.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "plugins/search/model/rank_learning.hpp"
#include "plugins/search/serve/finder.hpp"
#include "plugins/search/state/examples.hpp"
#include "souk/result.hpp"

namespace souk::search {

/// Searches of which something was taken, below which nothing is trained: a weight of thirteen
/// features has some forty of them then, and the last quarter is enough to judge by.
inline constexpr std::uint64_t kLeastTaken = 500;

/// A trained ranker and what is known of it. Immutable, published whole; in no snapshot: how far a
/// training comes depends on the machine, so it is trained again after a restart.
struct TrainedRanker {
  RankModel model;
  RankComparison comparison;
  RankRow importance{};
  PositionBias bias;
  std::uint64_t searches = 0;  ///< learned from and judged by
  std::uint64_t taken = 0;
  std::int64_t first_us = 0;  ///< time of the first of them
  std::int64_t judged_us = 0;
  std::int64_t last_us = 0;
  std::int64_t trained_us = 0;
  double seconds = 0;
  /// Better or as good, even at the lower end of what the later searches say.
  [[nodiscard]] bool passed() const {
    return comparison.taken > 0 && comparison.gain_difference.low >= 0;
  }
};

/// What answers see of it.
struct RankerView {
  std::optional<TrainedRanker> trained;
  std::string why_not;  ///< there is none
};

/// FAILED_PRECONDITION with what is missing when there is too little.
[[nodiscard]] Result<TrainedRanker> train_ranker(const Examples::List& examples,
                                                 const Sources& sources,
                                                 const std::function<bool()>& cancelled,
                                                 const std::function<void(double)>& progress);

}  // namespace souk::search
