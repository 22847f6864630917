// Derived events: what a plugin publishes, as wire bytes of souk.v1.Event, under an id that is a
// function of (plugin, account, input sequence, ordinal): publishing it again is a duplicate to the
// log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/storage/rows.hpp"

namespace souk::bus {

/// Where a derived event comes from.
struct EventOrigin {
  const storage::InstanceKey& instance;
  std::uint64_t input_sequence = 0;  ///< 0: published outside the handling of an event
  std::uint32_t ordinal = 0;         ///< position among what that input caused, from 0
};

/// What the plugin gave. Views are borrowed.
struct Publication {
  std::string_view type;  ///< full name of the payload's message
  std::string_view payload;
  std::string_view shopper_id;
  std::string_view session_id;
  std::string_view account_id;
  std::int64_t time_us = 0;
  std::uint32_t channel = 0;  ///< a souk.v1.Event.Channel
};

/// "recommendations-" and 32 hex digits.
[[nodiscard]] std::string derived_event_id(const EventOrigin& origin);
/// The id of an outbox row: 63 bits, never 0.
[[nodiscard]] std::uint64_t derived_outbox_id(const EventOrigin& origin);
/// The event. A type outside the vocabulary becomes a custom event.
[[nodiscard]] std::string encode_derived_event(const EventOrigin& origin, std::string_view id,
                                               const Publication& publication);
/// A souk.v1.Tick that says when the earliest timer was due.
[[nodiscard]] std::string encode_tick(std::string_view id, std::int64_t time_us,
                                      std::int64_t due_us);
/// True when `bytes` are fields one after another, as every message's are.
[[nodiscard]] bool well_formed_message(std::string_view bytes) noexcept;

}  // namespace souk::bus
