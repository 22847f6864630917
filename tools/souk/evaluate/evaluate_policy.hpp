// `souk evaluate policy`: whom to mail, and with which message, against mailing as many at random.
#pragma once

#include <string>
#include <vector>

#include "kernel/base/status.hpp"
#include "tools/souk/evaluate/evaluate_sessions.hpp"

namespace souk::cli {

struct PolicyTask {
  std::string table;               ///< CSV of a randomised experiment
  std::string arm = "segment";     ///< the column that says what each got
  std::string none = "No E-Mail";  ///< its value for nobody's message
  std::string learn = "visit";     ///< the outcome to learn from, 0 or 1
  std::vector<std::string> values{"visit", "conversion", "spend"};  ///< what is counted
  std::vector<std::string> ignored;
  double volume = 0.5;  ///< the share that is mailed
  unsigned splits = 10;
  EvaluationSettings settings;
};

/// In every split half of the rows teach the plugin's uplift model, one message at a time, and the
/// other half judge, then the other way round: the best `volume` of it are mailed, each with the
/// message of the larger uplift, against as many by lot with the message that did best on average.
/// Both are valued by doubly robust off-policy estimation with the experiment's own shares as
/// propensities (Dudík, Langford and Li 2011). Writes
/// `split,value,policy,random,difference,low,high`; returns a line of JSON.
Result<std::string> evaluate_policy(const PolicyTask& task);

}  // namespace souk::cli
