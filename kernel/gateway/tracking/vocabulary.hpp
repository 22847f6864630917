// The Segment e-commerce vocabulary, by whatever spelling trackers use, to our payloads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace souk::gateway {

/// Lower case, letters and digits only: "Product Added", "product_added" and "ProductAdded" are
/// one.
[[nodiscard]] std::string normalised(std::string_view name);

/// Payload field in souk.v1.Event of a tracked event's name, v1 and older names included ("Viewed
/// Product", "Completed Order"); 0 when it is none of ours and is kept as souk.v1.Tracked.
[[nodiscard]] std::uint32_t payload_of_event(std::string_view name);

/// True for the e-mail events of the Segment spec, whose channel is e-mail.
[[nodiscard]] bool is_email_event(std::string_view name);

/// Milliseconds and offsets as trackers write them ("2026-11-22T13:55:23.511Z", "… +01:00", with a
/// blank for the T, without an offset for UTC), to microseconds since 1970. False when it is no
/// time.
[[nodiscard]] bool parse_tracker_time(std::string_view text, std::int64_t& time_us) noexcept;

}  // namespace souk::gateway
