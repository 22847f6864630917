// One scalar from its text: for query parameters, path variables, YAML and defaults. Used inside
// this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/schema/message_table.hpp"
#include "kernel/schema/wire.hpp"

namespace souk::schema {

/// Who wrote the text: people must give durations a unit, programs may give milliseconds.
enum class TextFrom : std::uint8_t { people, programs };

/// True for what one text can say: scalars, and messages whose JSON form is a string or a scalar.
[[nodiscard]] bool is_textual(const Field& field) noexcept;

/// Appends the field with its tag; of a list, one element more. A value equal to the default is
/// written only where presence means something. False when the text is not a value of the field's
/// type or breaks its rules; `error` then says what is wrong and what is allowed.
[[nodiscard]] bool encode_text(const Field& field, std::string_view text, TextFrom from,
                               WireBuffer& out, std::string& error);

/// The bits of a number, bool, enum or duration field; `error` as above. Enum names in any case.
[[nodiscard]] bool text_to_bits(const Field& field, std::string_view text, TextFrom from,
                                std::uint64_t& bits, std::string& error);

/// Checks the rules of a number, in `error` what is wrong. True when the field has none.
[[nodiscard]] bool check_bits(const Field& field, std::uint64_t bits, std::string& error);

/// Adds to `error` that `name` is no value of the enum, what was probably meant, and what is
/// allowed.
void explain_enum(const EnumTable& table, std::string_view name, std::string& error);

/// Appends the content of a Timestamp or Duration message: seconds = 1, nanos = 2.
void append_seconds_nanos(WireBuffer& out, std::int64_t seconds, std::int32_t nanos);

/// Appends the content of a google.protobuf.FieldMask from "a.b,cD"; false when it is not one.
[[nodiscard]] bool append_field_mask(WireBuffer& out, std::string_view text);

/// What a well-known message must look like, for errors: "must be an RFC 3339 time, …".
[[nodiscard]] std::string_view expectation(WellKnown kind) noexcept;

}  // namespace souk::schema
