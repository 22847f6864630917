// A learned ranker: what it adds to ln of a product's score, feature by feature.
#pragma once

#include <array>
#include <vector>

#include "plugins/search/model/rank_linear.hpp"
#include "plugins/search/model/rank_trees.hpp"

namespace souk::search {

/// Immutable once made; any thread.
class RankModel {
 public:
  RankModel() : RankModel(RankWeights{}, {}) {}
  RankModel(const RankWeights& weights, std::vector<RankTree> trees);

  [[nodiscard]] float score(const RankBytes& row) const {
    float sum = 0;
    for (std::size_t f = 0; f < kRankFeatures; ++f)
      sum += linear_[f][row[f]];
    for (const RankTree& tree : trees_)
      sum += tree.score(row);
    return sum;
  }
  /// What each feature has of that: in a tree, what each question changed of the expectation
  /// (Saabas 2014). The sum, with what the trees give to all, is score().
  [[nodiscard]] RankRow contributions(const RankBytes& row) const;
  [[nodiscard]] const RankWeights& weights() const { return weights_; }
  [[nodiscard]] const std::vector<RankTree>& trees() const { return trees_; }

 private:
  RankWeights weights_{};
  std::array<std::array<float, 256>, kRankFeatures> linear_{};
  std::vector<RankTree> trees_;
};

}  // namespace souk::search
