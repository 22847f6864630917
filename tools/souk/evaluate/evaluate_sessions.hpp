// The evaluation `sessions`: what comes next in a visit.
#pragma once

#include <string>

#include "tools/souk/evaluate/trail_evaluation.hpp"

namespace souk::cli {

struct SessionsTask {
  std::string train;
  std::string test;
  unsigned top = 20;
  EvaluationSettings settings;
};

/// Learns the sessions of `train`, then for each session of `test` and each position from the
/// second on predicts the item from those before it; repeats are legitimate. Writes
/// `session_id,position,rank,item_id,score`. Returns the line of JSON that tells time, memory, hit
/// rate and mean reciprocal rank.
Result<std::string> evaluate_sessions(const SessionsTask& task);

struct TopNTask {
  std::string train;
  std::string fold_in;
  unsigned top = 100;
  EvaluationSettings settings;
};

/// Learns the users of `train`, then recommends to those of `fold_in` from what they had, without
/// it. Writes `user_id,rank,item_id,score`. Returns the line of JSON.
Result<std::string> evaluate_topn(const TopNTask& task);

}  // namespace souk::cli
