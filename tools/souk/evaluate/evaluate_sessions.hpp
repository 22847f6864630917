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

}  // namespace souk::cli
