// A tracker's properties → the wire bytes of one of our payloads, tolerant as trackers need it:
// names in any casing, "id" for "product_id", numbers as strings, one product where a list is
// meant. What does not fit a field is left out; it never spoils the event.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "kernel/schema/message_table.hpp"

namespace souk::gateway {

/// Appends the fields that `properties` fills. Any thread.
void append_properties(const schema::MessageTable& table, const simdjson::dom::object& properties,
                       std::string& out);

/// A number as trackers write it: 3, "3", "18.99", "$1,234.50", "18,99 €". False when it is none.
[[nodiscard]] bool tolerant_number(std::string_view text, double& value) noexcept;

/// A string, or a number or boolean as its text; false for everything else.
[[nodiscard]] bool tolerant_text(const simdjson::dom::element& element, std::string& out);

}  // namespace souk::gateway
