// The evaluation `nextitem`: what a shopper with a history takes next.
#pragma once

#include <string>

#include "tools/souk/evaluate/trail_evaluation.hpp"

namespace souk::cli {

struct NextItemTask {
  std::string train;
  std::string valid;  ///< joins the history; may be empty
  std::string items;  ///< attributes of items; may be empty
  std::string test;
  unsigned top = 20;
  EvaluationSettings settings;
};

/// Learns what the users of `train` (and `valid`) had, as their orders, and the items of `items`,
/// as products with attributes as tags, and lets the plugin train. Then asks for each user of
/// `test` by id only: the history is the one that was learned. Writes `user_id,rank,item_id,score`
/// without what the user has had. Returns the line of JSON, with hit rate and NDCG at 10 over the
/// users whose line in `test` names an item; those items are looked at for nothing else.
Result<std::string> evaluate_nextitem(const NextItemTask& task);

}  // namespace souk::cli
