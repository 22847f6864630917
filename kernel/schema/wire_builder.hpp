// WireBuilder: builds a message's wire bytes value by value, with the checks of the other codecs.
// For sources that have a structure and positions of their own, such as YAML: the caller walks its
// tree and turns each failure into file, line and column.
//
//   WireBuilder builder(table);
//   const Field* after = builder.field("after").value();      // NOT_FOUND with "did you mean"
//   builder.set_text(*after, "60m");                          // by the field's own type
//   builder.begin_message(*flows);  …  builder.end_message(); // maps:
//   begin_entry("abandoned_cart") std::string wire = builder.finish().value();
//
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/schema/limits.hpp"
#include "kernel/schema/message_table.hpp"

namespace souk::schema {

class WireBuilder {
 public:
  explicit WireBuilder(const MessageTable& table, const Limits& limits = {});
  ~WireBuilder();

  /// The message that is open now.
  [[nodiscard]] const MessageTable& table() const noexcept;
  /// A field of the open message, by either of its names. NOT_FOUND says what was probably meant.
  [[nodiscard]] Result<const Field*> field(std::string_view name) const;

  /// A scalar from its text, by the field's type: numbers, true/false, enum names in any case,
  /// strings, durations with a unit, timestamps. For a list, one element more. `field` belongs to
  /// table().
  Status set_text(const Field& field, std::string_view text);

  /// Opens a sub-message (for a list, one element more). Everything until end_message() goes there.
  Status begin_message(const Field& field);
  /// Opens one entry of a map; its value is then set with set_text(value_field(field), …), or, when
  /// it is a message, its fields directly. Close with end_message(). A key given twice is an error.
  Status begin_entry(const Field& map_field, std::string_view key);
  [[nodiscard]] static const Field& value_field(const Field& map_field) noexcept;
  /// Closes the innermost message. Missing required fields and broken cross-checks are errors here;
  /// the message is closed all the same.
  Status end_message();

  /// A google.protobuf.Struct, Value or ListValue field from JSON text.
  Status set_json(const Field& field, std::string_view json);

  /// The bytes of the whole message, defaults applied. Every begin must have its end.
  Result<std::string> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace souk::schema
