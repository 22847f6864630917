// The host as a plugin sees it: log, clock, metrics. Cheap to copy; any thread.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>

#include "souk/abi.h"
#include "souk/bytes.hpp"

namespace souk {
inline namespace abi1 {

/// A number that only grows. Made by Host::counter; a default-made one counts nothing.
class Counter {
 public:
  Counter() = default;
  Counter(const souk_host* host, std::uint32_t id) noexcept : host_(host), id_(id) {}
  void add(double amount = 1) const noexcept {
    if (id_ != 0) host_->metric_record(host_, id_, amount);
  }

 private:
  const souk_host* host_ = nullptr;
  std::uint32_t id_ = 0;
};

/// A number that goes up and down.
class Gauge {
 public:
  Gauge() = default;
  Gauge(const souk_host* host, std::uint32_t id) noexcept : host_(host), id_(id) {}
  void set(double value) const noexcept {
    if (id_ != 0) host_->metric_record(host_, id_, value);
  }

 private:
  const souk_host* host_ = nullptr;
  std::uint32_t id_ = 0;
};

/// A distribution of durations.
class Histogram {
 public:
  Histogram() = default;
  Histogram(const souk_host* host, std::uint32_t id) noexcept : host_(host), id_(id) {}
  void observe(double seconds) const noexcept {
    if (id_ != 0) host_->metric_record(host_, id_, seconds);
  }

 private:
  const souk_host* host_ = nullptr;
  std::uint32_t id_ = 0;
};

/// The daemon, or whoever plays it. Valid from configure() or start() until the plugin is
/// destroyed; the constructor of a plugin has none yet.
class Host {
 public:
  Host() = default;
  explicit Host(const souk_host* host) noexcept : host_(host) {}

  /// The only clock: microseconds since 1970. While an event is handled, the time of that event.
  [[nodiscard]] std::int64_t now_us() const noexcept { return host_->now_us(host_); }

  /// One line in the daemon's log, tagged with store and plugin; cut at 8 KiB, 1,000 lines a
  /// second.
  void debug(std::string_view text) const noexcept { write(SOUK_LOG_DEBUG, text); }
  void info(std::string_view text) const noexcept { write(SOUK_LOG_INFO, text); }
  void warning(std::string_view text) const noexcept { write(SOUK_LOG_WARNING, text); }
  void error(std::string_view text) const noexcept { write(SOUK_LOG_ERROR, text); }

  /// Metrics of this instance; `name` as Prometheus wants it, without prefix: "model_items". A
  /// malformed name, or more than 256 of them, gives one that records nothing.
  [[nodiscard]] Counter counter(std::string_view name, std::string_view help) const noexcept {
    return {host_, metric(SOUK_METRIC_COUNTER, name, help)};
  }
  [[nodiscard]] Gauge gauge(std::string_view name, std::string_view help) const noexcept {
    return {host_, metric(SOUK_METRIC_GAUGE, name, help)};
  }
  [[nodiscard]] Histogram histogram(std::string_view name, std::string_view help) const noexcept {
    return {host_, metric(SOUK_METRIC_HISTOGRAM, name, help)};
  }

  /// The host's extension of this id, or nullptr when it has none.
  template <class Extension>
  [[nodiscard]] const Extension* extension(const char* id) const noexcept {
    return static_cast<const Extension*>(host_->get_extension(host_, id));
  }

  [[nodiscard]] const souk_host* raw() const noexcept { return host_; }

 private:
  void write(souk_log_level level, std::string_view text) const noexcept {
    host_->log(host_, level, to_bytes(text));
  }
  [[nodiscard]] std::uint32_t metric(souk_metric_kind kind, std::string_view name,
                                     std::string_view help) const noexcept {
    return host_->metric(host_, kind, to_bytes(name), to_bytes(help));
  }

  const souk_host* host_ = nullptr;
};

namespace detail {

/// Leaves the status's sentence with the host and returns its code.
inline souk_status report(const souk_host* host, const Status& status) noexcept {
  if (status.ok()) return SOUK_OK;
  host->set_error(host, to_bytes(status.message()));
  return static_cast<souk_status>(status.code());
}

inline souk_status report(const souk_host* host, souk_status code, std::string_view text) noexcept {
  host->set_error(host, to_bytes(text));
  return code;
}

/// Runs `body` (which returns souk_status) and turns whatever it throws into SOUK_E_INTERNAL.
template <class Body>
souk_status guarded(const souk_host* host, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::exception& error) {
    return report(host, SOUK_E_INTERNAL, error.what());
  } catch (...) {
    return report(host, SOUK_E_INTERNAL, "an exception that is not a std::exception");
  }
}

/// What a handler returned, as Status: handlers may return void or Status.
template <class Call>
Status as_status(Call&& call) {
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    return {};
  } else {
    return call();
  }
}

/// The Status for a code and text that came from the other side.
inline Status to_status(souk_status code, std::string_view text) {
  if (code == SOUK_OK) return {};
  return Status(static_cast<Code>(code), std::string(text));
}

}  // namespace detail
}  // namespace abi1
}  // namespace souk
