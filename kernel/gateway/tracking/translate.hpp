// One event of a tracker (Segment's and RudderStack's common form) → wire bytes of souk.v1.Event.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"

namespace souk::gateway {

/// What surrounds the event in its request.
struct TrackingFrame {
  std::int64_t received_us = 0;
  std::optional<std::int64_t> sent_us;  ///< the batch's sentAt, by the sender's clock
  simdjson::dom::object context;        ///< of the batch; events override it
  bool has_context = false;
  std::string_view type;          ///< from the route (/v1/track); empty: the event says it
  std::string_view anonymous_id;  ///< from a header, for events that say nobody
  bool keep_times = false;        ///< historical import: times are taken as they are
  bool as_it_came = false;        ///< tracked events become souk.v1.Tracked, whatever their name
};

/// Appends the event to `out`. INVALID_ARGUMENT says what is missing: somebody's id, a type that is
/// known, the name of a tracked event. Any thread.
Status translate_event(const simdjson::dom::object& event, const TrackingFrame& frame,
                       std::string& out);

/// The clock-skew rule of Segment: the receiver's clock, less the age that the event had when it
/// was sent, by the sender's clock. Never after `received_us`.
[[nodiscard]] std::int64_t corrected_time(std::int64_t received_us,
                                          std::optional<std::int64_t> sent_us,
                                          std::int64_t original_us) noexcept;

}  // namespace souk::gateway
