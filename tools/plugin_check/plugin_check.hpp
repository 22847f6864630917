// The conformance checker for plugins, and the reader of what they declare.
//
// Every check runs in a process of its own with a time limit, so a plugin that crashes, hangs or
// corrupts memory fails that check and no other. A check that needs another one is skipped when
// that failed.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "souk/result.hpp"

namespace souk::plugin_check {

/// What a library says of itself, read from its ELF notes: none of its code runs.
struct Inspection {
  std::string id;
  std::string version;
  std::string description;
  std::string vendor;
  std::string license;
  std::string sdk_build;
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::vector<std::string> extensions_required;
  std::vector<std::string> extensions_optional;
  std::vector<std::string> reads;
  std::vector<std::string> publishes;
  std::vector<std::string> calls;
  /// "souk.v1.Recommendations/Recommend  GET /v1/recommendations"
  std::vector<std::string> methods;
  /// "limit  uint32, default 10, 1 to 100: How many products at most"
  std::vector<std::string> settings;
  std::string settings_message;
};

/// NOT_FOUND when there is no such file, INVALID_ARGUMENT with the reason when it is no plugin.
Result<Inspection> inspect(const std::string& path);

/// The inspection as text for people, lines ended by '\n'; and as one JSON object.
[[nodiscard]] std::string to_text(const Inspection& inspection);
[[nodiscard]] std::string to_json(const Inspection& inspection);

enum class Verdict {
  success,
  warning,  ///< works, and should be better
  skipped,  ///< does not apply, or needs a check that failed
  failed,
  crashed
};
[[nodiscard]] std::string_view verdict_name(Verdict verdict) noexcept;

struct CheckResult {
  std::string name;  ///< "group.check"
  Verdict verdict = Verdict::skipped;
  std::string detail;  ///< why, in one line; empty for a plain success
  double seconds = 0;
};

struct Report {
  std::string library;
  std::vector<CheckResult> results;

  /// True when no check failed or crashed.
  [[nodiscard]] bool passed() const noexcept;
};

struct CheckOptions {
  /// Only checks whose name begins with this, and those they need.
  std::string only;
  /// The program that runs one check: `executable child_arguments… LIBRARY CHECK FD`. It must hand
  /// the last three to run_child(). Empty: the running program.
  std::string executable;
  std::vector<std::string> child_arguments = {"plugin", "check-child"};
  /// Of one check; a check that takes longer has failed.
  std::chrono::milliseconds limit = std::chrono::seconds(30);
  /// Called after each check.
  std::function<void(const CheckResult&)> on_result;
};

/// Runs all checks. The report says why when the library cannot be read at all.
Report check(const std::string& path, const CheckOptions& options = {});

/// One line of a result, without newline: "success  load.time".
[[nodiscard]] std::string to_line(const CheckResult& result);
/// {"library": …, "passed": …, "checks": [{"name", "verdict", "detail", "seconds"} …]}
[[nodiscard]] std::string to_json(const Report& report);

/// The names of all checks in the order in which they run.
[[nodiscard]] std::vector<std::string> check_names();

/// The child's side: runs one check and writes its result to the descriptor. `arguments` are
/// LIBRARY, CHECK and FD. Returns the exit code of the process.
int run_child(const std::vector<std::string>& arguments);

}  // namespace souk::plugin_check
