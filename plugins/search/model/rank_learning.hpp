// Lists → a ranker, and what it would have brought on later lists that it has not seen.
#pragma once

#include <cstdint>
#include <functional>

#include "plugins/search/model/rank_comparison.hpp"

namespace souk::search {

struct RankLearningOptions {
  LinearOptions linear;
  TreeOptions trees;
  bool with_trees = true;
  /// What trees must gain on lists kept for choosing before there are any.
  double least_tree_gain = 0.003;
};

struct LearnedRanking {
  RankModel model;
  RankComparison comparison;  ///< on the last quarter of the lists
  RankRow importance{};
};

/// Lists must be in the order of time: the first 60 % are learned from, the next 15 % choose how
/// many trees there are, both together give the model, the last 25 % judge it. What it gives is
/// what was judged. After `cancelled` says so, what there is by then.
[[nodiscard]] LearnedRanking learn_ranking(const RankedLists& lists, const PositionBias& bias,
                                           const RankLearningOptions& options,
                                           const std::function<bool()>& cancelled,
                                           const std::function<void(double)>& progress);

/// Where the lists begin that judge.
[[nodiscard]] std::size_t first_judged(std::size_t lists);

}  // namespace souk::search
