// The envelope of a souk.v1.Event, found in its wire bytes in one pass, and the fields that the
// kernel adds by concatenation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/schema/message_table.hpp"

namespace souk::schema {

/// Bits of EventFields::consent: what was granted, and what was denied; neither when not asked.
enum ConsentBits : std::uint8_t {
  kAnalyticsGranted = 1,
  kPersonalizationGranted = 2,
  kMarketingGranted = 4,
  kSharingGranted = 8,
  kAnalyticsDenied = 16,
  kPersonalizationDenied = 32,
  kMarketingDenied = 64,
  kSharingDenied = 128,
};

/// Views into the scanned bytes. Absent strings are empty, absent numbers 0.
struct EventFields {
  std::string_view id;
  std::string_view shopper_id;
  std::string_view session_id;
  std::string_view account_id;
  std::string_view anonymous_id;
  std::string_view attribution_token;
  std::string_view store_id;
  std::int64_t time_us = 0;      // 0 when absent
  std::int64_t received_us = 0;  // 0 when absent
  std::uint64_t sequence = 0;
  std::int32_t channel = 0;  // souk.v1.Event.Channel
  std::uint32_t payload_field =
      0;                     // field number of the payload in souk.v1.Event; 0 when there is none
  std::string_view payload;  // its wire bytes; for custom events those of souk.v1.Custom
  std::string_view custom_type;  // Custom.type of a custom event
  std::string_view custom_data;  // Custom.data of a custom event
  std::string_view origin;       // wire bytes of souk.v1.Origin
  std::uint8_t consent = 0;      // ConsentBits
  bool has_origin = false;       // published by a plugin
  bool has_time = false;
  bool has_many_payloads = false;
  bool has_kernel_fields = false;  // some of received_at, sequence, store_id, origin is there
};

/// Fills `fields` from the bytes of an event. False when the bytes are malformed; `fields` is then
/// not to be used. Checks form only, not UTF-8, rules or the payload's inside (validate_wire does).
/// Where a field occurs twice the last counts, also for messages, which are taken whole: the intake
/// refuses events with two payloads. No allocation; any thread.
[[nodiscard]] bool scan_event(std::string_view wire, EventFields& fields) noexcept;

/// Full name of the message of a payload field: 20 → "souk.v1.ProductViewed". For custom events
/// (15) it is "souk.v1.Custom". Empty when there is no such payload. Static storage; any thread.
[[nodiscard]] std::string_view payload_type(std::uint32_t payload_field) noexcept;
/// The payload field of a message type, or 0: "souk.v1.ProductViewed" → 20.
[[nodiscard]] std::uint32_t payload_field(std::string_view type) noexcept;
/// The scope that a key needs to send such an event: "events" for what storefronts send, "catalog",
/// "customers" or "admin" for what only back ends may say. Static storage; any thread.
[[nodiscard]] std::string_view payload_scope(std::uint32_t payload_field) noexcept;
/// The payload's JSON name: 20 → "productViewed". Empty when there is none. Static storage; any
/// thread.
[[nodiscard]] std::string_view payload_json_name(std::uint32_t payload_field) noexcept;

// Appending to the wire bytes of an event: what comes later wins. Any thread.
void append_event_id(std::string& wire, std::string_view id);
void append_event_time(std::string& wire, std::int64_t time_us);
void append_event_received(std::string& wire, std::int64_t received_us);
void append_event_sequence(std::string& wire, std::uint64_t sequence);
void append_event_store(std::string& wire, std::string_view store_id);

/// The event without received_at, sequence, store_id and origin, appended to `out`. False when the
/// bytes are malformed.
[[nodiscard]] bool append_without_kernel_fields(std::string_view wire, std::string& out);

}  // namespace souk::schema
