// A linear ranker by lists: score = present + w · features, and the probability that a product is
// the one that is taken is the softmax of the scores of its list.
//
// Trained by maximising Σ weight · gain · ln softmax over what was taken (ListNet's loss, Cao et
// al., ICML 2007; its click-weighted form is unbiased: Ai et al., SIGIR 2018), with a Gaussian
// prior of mean 0 on what each feature adds: with little data the order stays as it is. Convex;
// Newton's method.
#pragma once

#include <array>
#include <cstddef>
#include <functional>

#include "plugins/search/model/ranked_lists.hpp"

namespace souk::search {

using RankWeights = std::array<float, kRankFeatures>;

struct LinearOptions {
  double prior = 20;  ///< strength: clicks that must agree before a weight is believed by half
  int iterations = 25;
};

/// Of lists [first, last). `cancelled` is asked once an iteration; what is there then is returned.
[[nodiscard]] RankWeights train_linear(const RankedLists& lists, std::size_t first,
                                       std::size_t last, const LinearOptions& options,
                                       const std::function<bool()>& cancelled);

}  // namespace souk::search
