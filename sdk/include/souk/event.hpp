// What stands around an event's payload.
#pragma once

#include <cstdint>
#include <string_view>

#include "souk/abi.h"
#include "souk/bytes.hpp"

namespace souk {
inline namespace abi1 {

/// The envelope of the event that is being handled. A view: valid until the handler returns; copy
/// the texts you keep. Times are microseconds since 1970-01-01 UTC.
class EventInfo {
 public:
  explicit EventInfo(const souk_event& event) noexcept : event_(&event) {}

  /// Position in the store's log; rises from event to event, with gaps.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return event_->sequence; }
  /// When it happened, as its sender says. May lie in the past, the future, or be out of order.
  [[nodiscard]] std::int64_t time_us() const noexcept { return event_->time_us; }
  /// When the log took it; never falls along the log.
  [[nodiscard]] std::int64_t received_us() const noexcept { return event_->received_us; }
  /// Unique in the store. Empty when a timer fires.
  [[nodiscard]] std::string_view id() const noexcept { return to_view(event_->id); }
  /// Each of the following may be empty.
  [[nodiscard]] std::string_view shopper_id() const noexcept { return to_view(event_->shopper_id); }
  [[nodiscard]] std::string_view session_id() const noexcept { return to_view(event_->session_id); }
  [[nodiscard]] std::string_view account_id() const noexcept { return to_view(event_->account_id); }
  [[nodiscard]] std::string_view attribution_token() const noexcept {
    return to_view(event_->attribution_token);
  }
  /// Full name of the payload's message, e.g. "souk.v1.ProductViewed".
  [[nodiscard]] std::string_view type() const noexcept { return to_view(event_->type); }
  /// Wire bytes of the payload, and of the whole souk.v1.Event for what has no accessor here.
  [[nodiscard]] std::string_view payload() const noexcept { return to_view(event_->payload); }
  [[nodiscard]] std::string_view envelope() const noexcept { return to_view(event_->envelope); }

  /// False for history: fold it; what is published, sent or called now goes nowhere. Handlers need
  /// not ask: the host drops effects by itself.
  [[nodiscard]] bool effects() const noexcept {
    return (event_->flags & SOUK_EVENT_EFFECTS_OFF) == 0;
  }
  /// False when the person declined that use of this event.
  [[nodiscard]] bool may_personalize() const noexcept {
    return (event_->flags & SOUK_EVENT_NO_PERSONALIZATION) == 0;
  }
  [[nodiscard]] bool may_market() const noexcept {
    return (event_->flags & SOUK_EVENT_NO_MARKETING) == 0;
  }
  [[nodiscard]] bool may_measure() const noexcept {
    return (event_->flags & SOUK_EVENT_NO_ANALYTICS) == 0;
  }

  [[nodiscard]] const souk_event& raw() const noexcept { return *event_; }

 private:
  const souk_event* event_;
};

}  // namespace abi1
}  // namespace souk
