#include "kernel/host/plugin_log.hpp"

#include <utility>

#include "kernel/base/logging.hpp"

namespace souk::host {
namespace {

base::LogLevel base_level(souk_log_level level) noexcept {
  switch (level) {
    case SOUK_LOG_DEBUG:
      return base::LogLevel::debug;
    case SOUK_LOG_INFO:
      return base::LogLevel::info;
    case SOUK_LOG_WARNING:
      return base::LogLevel::warning;
    default:
      return base::LogLevel::error;
  }
}

}  // namespace

PluginLog::PluginLog(const base::Clock& clock, std::string store_id, std::string plugin,
                     std::string account_id)
    : clock_(clock),
      store_id_(std::move(store_id)),
      plugin_(std::move(plugin)),
      account_id_(std::move(account_id)) {}

void PluginLog::write(souk_log_level level, std::string_view text) noexcept {
  const std::int64_t second = clock_.monotonic_us() / 1'000'000;
  std::int64_t current = second_.load();
  if (current != second && second_.compare_exchange_strong(current, second)) {
    const std::uint32_t before = lines_.exchange(0);
    if (before > kMaxLinesASecond) {
      base::log_warning("plugin", "lines of a plugin were dropped",
                        {{"store", store_id_},
                         {"plugin", plugin_},
                         {"dropped", before - kMaxLinesASecond},
                         {"allowed_a_second", kMaxLinesASecond}});
    }
  }
  if (lines_.fetch_add(1) >= kMaxLinesASecond) return;
  const base::LogLevel at = base_level(level);
  if (!base::log_enabled(at)) return;
  text = text.substr(0, kMaxLine);
  if (account_id_.empty()) {
    base::log(at, "plugin", text, {{"store", store_id_}, {"plugin", plugin_}});
  } else {
    base::log(at, "plugin", text,
              {{"store", store_id_}, {"plugin", plugin_}, {"account", account_id_}});
  }
}

}  // namespace souk::host
