#include "plugins/search/model/rank_model.hpp"

#include <utility>

namespace souk::search {

RankModel::RankModel(const RankWeights& weights, std::vector<RankTree> trees)
    : weights_(weights), trees_(std::move(trees)) {
  for (std::size_t f = 0; f < kRankFeatures; ++f) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      linear_[f][byte] =
          weights[f] * from_byte(static_cast<std::uint8_t>(byte), kRankFeatureInfo[f]);
    }
  }
}

RankRow RankModel::contributions(const RankBytes& row) const {
  RankRow sums{};
  for (std::size_t f = 0; f < kRankFeatures; ++f)
    sums[f] = linear_[f][row[f]];
  for (const RankTree& tree : trees_) {
    std::size_t node = 0;
    while (node < RankTree::kInner && tree.feature[node] != RankTree::kLeaf) {
      const std::uint8_t feature = tree.feature[node];
      const std::size_t next = 2 * node + (row[feature] > tree.threshold[node] ? 2 : 1);
      sums[feature] += tree.value[next] - tree.value[node];
      node = next;
    }
  }
  return sums;
}

}  // namespace souk::search
