// PluginLog: lines that a plugin writes to the daemon's log, bounded in length and number.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <souk/abi.h>

#include "kernel/base/clock.hpp"

namespace souk::host {

/// Thread-safe.
class PluginLog {
 public:
  static constexpr std::size_t kMaxLine = 8U << 10U;
  static constexpr std::uint32_t kMaxLinesASecond = 1'000;

  PluginLog(const base::Clock& clock, std::string store_id, std::string plugin,
            std::string account_id);
  /// Writes the line, or counts it among those dropped; their number is said a second later.
  void write(souk_log_level level, std::string_view text) noexcept;

 private:
  const base::Clock& clock_;
  const std::string store_id_;
  const std::string plugin_;
  const std::string account_id_;
  std::atomic<std::int64_t> second_{0};
  std::atomic<std::uint32_t> lines_{0};
};

}  // namespace souk::host
