// `souk evaluate clv`: what customers will buy, from what they bought.
#pragma once

#include <string>

#include "kernel/base/status.hpp"
#include "tools/souk/evaluate/evaluate_sessions.hpp"

namespace souk::cli {

struct ClvTask {
  std::string transactions;     ///< CSV: customer_id,date,amount
  std::string calibration_end;  ///< a date; what is later is left out
  unsigned horizon_days = 365;
  std::string holdout;  ///< CSV: customer_id,purchases[,value], to score; empty: nothing is scored
  EvaluationSettings settings;
};

/// Feeds the transactions as OrderCompleted, then asks for everybody's value from the end of that
/// day on. Writes `customer_id,p_alive,expected_purchases,expected_value`; the fitted parameters go
/// to standard error as a line of JSON. Returns the line of JSON.
Result<std::string> evaluate_clv(const ClvTask& task);

}  // namespace souk::cli
