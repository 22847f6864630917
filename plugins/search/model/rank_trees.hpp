// Boosted trees over lists: LambdaMART (Burges, MSR-TR-2010-82; Wu, Burges, Svore, Gao 2010).
//
// Each tree is fitted to the derivatives of a pairwise logistic loss whose pairs weigh what
// exchanging them would change of DCG, times the weight of what was taken (clicks weighted by the
// inverse of their place's look: Wang et al., WSDM 2018), with Newton steps in the leaves. Features
// are bytes, so that candidates of a split are counted instead of sorted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "plugins/search/model/ranked_lists.hpp"

namespace souk::search {

/// At most three levels of questions; node i has the children 2i + 1 and 2i + 2.
struct RankTree {
  static constexpr std::size_t kInner = 7;
  static constexpr std::uint8_t kLeaf = 255;
  std::array<std::uint8_t, kInner> feature;    ///< kLeaf: ends here
  std::array<std::uint8_t, kInner> threshold;  ///< above it: to the right
  std::array<float, 2 * kInner + 1> value;     ///< of every node, leaf or not

  RankTree() {
    feature.fill(kLeaf);
    threshold.fill(0);
    value.fill(0);
  }
  [[nodiscard]] float score(const RankBytes& row) const {
    std::size_t node = 0;
    while (node < kInner && feature[node] != kLeaf)
      node = 2 * node + (row[feature[node]] > threshold[node] ? 2 : 1);
    return value[node];
  }
};

struct TreeOptions {
  int trees = 60;
  double rate = 0.1;         ///< of each tree's values
  double smooth = 20;        ///< added to the second derivatives of a leaf
  std::uint32_t least = 50;  ///< rows of a leaf
};

/// Trees on top of `scores`, one a row of lists [first, last), which they change.
/// `enough(trees so far)` is asked after each tree; true: no more.
[[nodiscard]] std::vector<RankTree> train_trees(
    const RankedLists& lists, std::size_t first, std::size_t last, std::vector<float>& scores,
    const TreeOptions& options, const std::function<bool(const std::vector<RankTree>&)>& enough);

}  // namespace souk::search
