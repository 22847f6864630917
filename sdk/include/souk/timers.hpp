// Durable timers: "cart of shopper 7: 60 minutes". They belong to the instance, survive restarts,
// and fire in log order, so that state is the same whether history was lived or replayed.
#pragma once

#include <cstdint>
#include <string_view>

#include "souk/bytes.hpp"
#include "souk/event.hpp"
#include "souk/ext/timers.h"
#include "souk/host.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

/// A timer that is due: `void on_timer(const TimerInfo&)`. A view: valid until the handler returns.
class TimerInfo {
 public:
  TimerInfo(std::string_view key, std::int64_t due_us, std::string_view payload,
            const souk_event& now) noexcept
      : key_(key), due_us_(due_us), payload_(payload), now_(now) {}

  [[nodiscard]] std::string_view key() const noexcept { return key_; }
  [[nodiscard]] std::int64_t due_us() const noexcept { return due_us_; }
  [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
  /// Position, time and effects flag of the moment.
  [[nodiscard]] const EventInfo& now() const noexcept { return now_; }

 private:
  std::string_view key_;
  std::int64_t due_us_;
  std::string_view payload_;
  EventInfo now_;
};

/// Sets and cancels timers; from event handlers, on_timer() and start() only.
class Timers {
 public:
  explicit Timers(const Host& host) noexcept
      : host_(host.raw()), timers_(host.extension<souk_timers_v1>(SOUK_EXT_TIMERS)) {}

  /// Sets the timer `key` (1 to 256 bytes), replacing one of the same key; `payload` (at most 4
  /// KiB) comes back when it fires.
  Status set(std::string_view key, std::int64_t due_us, std::string_view payload = {}) const {
    if (timers_ == nullptr) return absent();
    return detail::to_status(timers_->set(host_, to_bytes(key), due_us, to_bytes(payload)),
                             "the timer was refused");
  }

  /// Removes the timer; not_found when there is none.
  Status cancel(std::string_view key) const {
    if (timers_ == nullptr) return absent();
    return detail::to_status(timers_->cancel(host_, to_bytes(key)), "no timer of this key");
  }

 private:
  static Status absent() { return {Code::unsupported, "this host has no timers"}; }

  const souk_host* host_;
  const souk_timers_v1* timers_;
};

}  // namespace abi1
}  // namespace souk
