// What the kernel fills in of a payload before the event is stored, because the schema promises it
// and readers rely on it: today the price ranges of a product, which follow from its variants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/schema/event_scanner.hpp"

namespace souk::schema {

/// False when there is nothing to fill in, also when the payload does not parse. Else `out` holds
/// the whole payload anew. What the sender gave stays as it is. Any thread.
[[nodiscard]] bool complete_payload(std::uint32_t payload_field, std::string_view payload,
                                    std::string& out);

/// The same for the wire bytes of an event that has one payload, scanned into `fields`.
[[nodiscard]] bool complete_event(std::string_view wire, const EventFields& fields,
                                  std::string& out);

}  // namespace souk::schema
