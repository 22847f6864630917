// The evaluation `topn`: the best items for people of whom some are known.
#pragma once

#include <string>

#include "tools/souk/evaluate/trail_evaluation.hpp"

namespace souk::cli {

struct TopNTask {
  std::string train;
  std::string fold_in;
  std::string truth;  ///< optional: what the users of `fold_in` took besides
  unsigned top = 100;
  EvaluationSettings settings;
};

/// Feeds the users of `train`, lets the plugin train as it does in a shop, then asks for each user
/// of `fold_in` from what they had, without it. Writes `user_id,rank,item_id,score`. Returns the
/// line of JSON: times, memory and, with a truth, nDCG@top, recall@20 and recall@50 over the users
/// that it names (recall as in Liang et al., WWW 2018: hits over the smaller of cut-off and what
/// there is to find).
Result<std::string> evaluate_topn(const TopNTask& task);

}  // namespace souk::cli
