// Checks wire bytes that came from outside against a table, without decoding them into anything.
#pragma once

#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/schema/limits.hpp"
#include "kernel/schema/message_table.hpp"

namespace souk::schema {

struct WireCheckOptions {
  bool check_rules = true;      // FieldRules and MessageRules
  bool partial = false;         // the outermost message may lack required fields; cross-checks wait
  bool finite_numbers = false;  // refuse NaN and the infinities
  Limits limits;
};

/// OK when `wire` is well formed: tags, wire types, lengths, UTF-8, depth, counts, well-known types
/// in their ranges, and the rules. Unknown fields are allowed and only checked for form. The status
/// names the field by its JSON path. Any thread.
Status validate_wire(const MessageTable& table, std::string_view wire,
                     const WireCheckOptions& options = {});

/// Appends to `message` the defaults of absent fields: of the message itself, of every message in
/// it, and of absent sub-messages that are neither `optional`, in a oneof, nor in need of a
/// required field. `message` must be valid wire bytes. Any thread.
Status apply_defaults(const MessageTable& table, std::string& message, const Limits& limits = {});

}  // namespace souk::schema
