// `souk evaluate uplift` and `souk evaluate churn`: what is learned from one table says of another.
#pragma once

#include <string>
#include <vector>

#include "kernel/base/status.hpp"
#include "tools/souk/evaluate/evaluate_sessions.hpp"

namespace souk::cli {

struct TableTask {
  std::string train;  ///< CSV with the outcome and, for an uplift, the treatment; else features
  std::string test;   ///< the same columns; scored where it holds the outcome (and treatment)
  std::string outcome;
  std::string treatment;             ///< empty: churn
  std::vector<std::string> ignored;  ///< columns that are neither
  EvaluationSettings settings;
};

/// Rows of an uplift in which a treatment was given or not, as they are scored.
struct ScoredRows {
  std::vector<double> score;
  std::vector<double> outcome;  ///< 0 or 1
  std::vector<double> treated;  ///< 0 or 1
};

/// Area between the Qini curve and the straight line of chance, a row; rows of one score are one
/// step. `times`: how often each row counts; empty: once.
[[nodiscard]] double qini_of(const ScoredRows& rows, const std::vector<int>& times = {});
/// Area under the uplift curve, a row: the mean of what treating the best so many would bring.
[[nodiscard]] double auuc_of(const ScoredRows& rows);

/// Writes `row,uplift`, rows from 0. Returns the line of JSON: with labels in the test Qini with
/// four fifths of a bootstrap, AUUC, the same of two plain logistic regressions, and of the
/// difference.
Result<std::string> evaluate_uplift(const TableTask& task);

/// Writes `row,churn,low,high,reasons`. Returns the line of JSON: with labels AUC, Brier and
/// calibration error.
Result<std::string> evaluate_churn(const TableTask& task);

}  // namespace souk::cli
