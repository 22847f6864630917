// JSON → wire bytes, by the JSON mapping of Protobuf
// (https://protobuf.dev/programming-guides/json), straight from text to bytes without message
// objects.
//
// Both lowerCamelCase and .proto names are read; int64 as numbers or strings; enums by name or
// number; bytes in base64 of either alphabet; null means absent. Stricter than the mapping asks: a
// field given twice is an error, and so are two members of a oneof. A field that is a duration in
// milliseconds by its rules takes "60m" too. souk.v1.Custom takes an object as `data` where `types`
// knows its type.
#pragma once

#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/schema/limits.hpp"
#include "kernel/schema/message_table.hpp"

namespace souk::schema {

/// Finds message types by full name beyond those of a pool: the types of custom events.
class TypeFinder {
 public:
  virtual ~TypeFinder() = default;
  /// nullptr when the type is not known. The table outlives the call that asked. Any thread.
  [[nodiscard]] virtual const MessageTable* find_type(std::string_view full_name) const = 0;
};

struct JsonReadOptions {
  bool ignore_unknown =
      false;                // skip unknown fields and unknown enum names instead of refusing them
  bool check_rules = true;  // FieldRules and MessageRules
  bool partial = false;     // the outermost message may lack required fields; cross-checks wait
  bool finite_numbers = false;  // refuse NaN and the infinities
  const TypeFinder* types = nullptr;
  Limits limits;
};

/// Appends the message's wire bytes to `out`. The text needs no padding. On failure `out` is as
/// before and the status is INVALID_ARGUMENT with the field's path as the sender wrote it
/// ("events[3].productViewed.price"), what was wrong and what is allowed. Any thread; scratch
/// memory is kept by the thread.
Status json_to_wire(const MessageTable& table, std::string_view json, std::string& out,
                    const JsonReadOptions& options = {});

/// The same for one field: `json` is its value, `out` gets the field with its tag.
Status json_to_field(const Field& field, std::string_view json, std::string& out,
                     const JsonReadOptions& options = {});

}  // namespace souk::schema
