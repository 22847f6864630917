// What `souk simulate` does once its options are read: write the events, the ground truth beside
// them, and say how far it is.
#pragma once

#include <string>

#include "souk/result.hpp"
#include "tools/simulate/settings.hpp"

namespace souk::simulate {

struct SimulateOptions {
  SimulationSettings settings;
  /// Where the events go, one JSON object a line; gzip when it ends in ".gz". Empty or "-":
  /// standard output, and no ground truth. The ground truth goes to truth_path(output).
  std::string output;
  bool quiet = false;  ///< nothing on standard error
};

/// "shop.jsonl" → "shop.jsonl.truth.json"; "shop.jsonl.gz" the same without its ".gz".
[[nodiscard]] std::string truth_path(const std::string& output);

/// Writes the files. On standard error: a progress bar when that is a terminal, else a line now and
/// then; at the end the summary figures. INVALID_ARGUMENT as check(settings); UNAVAILABLE names the
/// file that could not be written. A half-written file stays after a failure.
[[nodiscard]] Status simulate(const SimulateOptions& options);

/// The same for a program's end: prints an error to standard error. 0, or 1 after an error.
[[nodiscard]] int simulate_command(const SimulateOptions& options);

}  // namespace souk::simulate
