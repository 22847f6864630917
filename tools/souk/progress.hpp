// ProgressBar: how far something long is, on standard error.
//
// On a terminal one line that redraws itself ten times a second at most, with rate and time left;
// elsewhere a plain line for every tenth, so that logs stay readable. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace souk::cli {

class ProgressBar {
 public:
  /// `unit` is counted in the rate ("events", "lines"); empty: nothing is counted.
  ProgressBar(std::string title, std::string unit, bool quiet = false);
  /// Ends the line.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `fraction` from 0 to 1; `count` units are done.
  void show(double fraction, std::uint64_t count);
  /// Shows the end and leaves the line. Idempotent.
  void finish(std::uint64_t count);

 private:
  using SteadyClock = std::chrono::steady_clock;
  void draw(double fraction, std::uint64_t count, double seconds) const;

  const std::string title_;
  const std::string unit_;
  const bool quiet_;
  const bool terminal_;
  const SteadyClock::time_point start_ = SteadyClock::now();
  std::mutex mutex_;
  SteadyClock::time_point drawn_{};
  int tenth_ = 0;
  bool finished_ = false;
};

/// "1,234,567".
[[nodiscard]] std::string with_commas(std::uint64_t number);
/// "8 s", "2 min 05 s", "3 h 04 min".
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace souk::cli
