// Wire bytes → canonical Protobuf JSON: int64 as strings, enums by name, defaults left out, fields
// in the order of their numbers, no white space.
#pragma once

#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/limits.hpp"
#include "kernel/schema/message_table.hpp"

namespace souk::schema {

struct JsonWriteOptions {
  const TypeFinder* types = nullptr;  // known types make souk.v1.Custom.data an object, not base64
  bool redact_sensitive = false;      // strings marked `sensitive` are written as "***"
  Limits limits;
};

/// Appends the JSON text to `out`. Unknown fields are skipped; repeated occurrences of a field
/// merge as Protobuf says. DATA_LOSS when the bytes are not a message of this type, with `out` as
/// before. Any thread.
Status wire_to_json(const MessageTable& table, std::string_view wire, std::string& out,
                    const JsonWriteOptions& options = {});

}  // namespace souk::schema
