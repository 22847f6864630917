#include "kernel/schema/scalar_text.hpp"

#include <algorithm>

#include "kernel/schema/base64.hpp"
#include "kernel/schema/json_tokens.hpp"
#include "kernel/schema/number_text.hpp"
#include "kernel/schema/time_text.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

std::string shown(const Field& field, std::string_view text) {
  return field.rules != nullptr && field.rules->sensitive ? "the value" : quote(text);
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c == '-' ? '_' : c; };
    return upper(x) == upper(y);
  });
}

bool enum_bits(const Field& field, std::string_view text, std::uint64_t& bits, std::string& error) {
  const EnumTable& table = *field.enumeration;
  const EnumValue* value = table.find(text);
  for (const EnumValue& candidate : table.values) {
    if (value == nullptr && same_name(candidate.name, text)) value = &candidate;
  }
  if (value != nullptr) {
    bits = static_cast<std::uint64_t>(std::int64_t{value->number});
    return true;
  }
  if (parse_number(text, Kind::enumeration, bits) == NumberError::none &&
      table.find(static_cast<std::int32_t>(bits)) != nullptr) {
    return true;
  }
  explain_enum(table, text, error);
  return false;
}

bool duration_bits(const Field& field, std::string_view text, TextFrom from, std::uint64_t& bits,
                   std::string& error) {
  if (const auto ms = parse_duration_ms(text)) {
    bits = static_cast<std::uint64_t>(*ms);
    return true;
  }
  const bool number = parse_number(text, field.kind, bits) == NumberError::none;
  if (number && (from == TextFrom::programs || bits == 0)) return true;
  error += number ? shown(field, text) + " has no unit" : shown(field, text) + " is not a duration";
  error += "; write 500ms, 2s, 60m, 1h or 14d";
  return false;
}

/// What lies between tag and end for a field of wire type `length`.
bool encode_string(const Field& field, std::string_view text, WireBuffer& out, std::string& error) {
  if (!valid_utf8(text)) {
    error += "is not UTF-8";
    return false;
  }
  if (field.kind == Kind::bytes) {
    const std::size_t start = out.begin_length();
    char* const at = out.reserve(text.size());
    char* const end = decode_base64(text, at);
    if (end == nullptr) {
      error += "must be base64";
      return false;
    }
    out.set_end(end);
    out.end_length(start);
  } else {
    out.varint(text.size());
    out.append(text);
  }
  return true;
}

bool encode_well_known(const Field& field, std::string_view text, TextFrom from, WireBuffer& out,
                       std::string& error) {
  const WellKnown kind = field.message->well_known;
  SecondsNanos value;
  bool good = false;
  if (kind == WellKnown::wrapper)
    return encode_text(field.message->fields[0], text, from, out, error);
  if (kind == WellKnown::field_mask) {
    good = append_field_mask(out, text);
  } else {
    good =
        kind == WellKnown::timestamp ? parse_timestamp(text, value) : parse_duration(text, value);
    if (good) append_seconds_nanos(out, value.seconds, value.nanos);
  }
  if (!good) error += shown(field, text) + " " + std::string(expectation(kind));
  return good;
}

bool encode_number(const Field& field, std::string_view text, TextFrom from, WireBuffer& out,
                   std::string& error) {
  std::uint64_t bits = 0;
  if (!text_to_bits(field, text, from, bits, error) || !check_bits(field, bits, error))
    return false;
  if (bits == 0 && !field.keep_zero && !field.repeated) return true;
  out.tag(field);
  if (field.repeated && field.packed) {
    const std::size_t start = out.begin_length();
    out.number(field.wire(), bits);
    out.end_length(start);
  } else {
    out.number(field.wire(), bits);
  }
  return true;
}

}  // namespace

bool is_textual(const Field& field) noexcept {
  if (field.map) return false;
  if (field.kind != Kind::message) return true;
  switch (field.message->well_known) {
    case WellKnown::timestamp:
    case WellKnown::duration:
    case WellKnown::field_mask:
    case WellKnown::wrapper:
      return true;
    default:
      return false;
  }
}

std::string_view expectation(WellKnown kind) noexcept {
  switch (kind) {
    case WellKnown::timestamp:
      return "must be an RFC 3339 time such as 2026-11-22T10:00:00Z";
    case WellKnown::duration:
      return "must be a number of seconds such as 90s or 1.5s";
    case WellKnown::field_mask:
      return "must be field names with commas between them";
    case WellKnown::list:
      return "must be an array";
    default:
      return "must be an object";
  }
}

void explain_enum(const EnumTable& table, std::string_view name, std::string& error) {
  std::vector<std::string_view> names;
  for (const EnumValue& value : table.values)
    names.push_back(value.name);
  error += quote(name) + " is not a value of " + table.full_name;
  const std::string_view near = did_you_mean(name, names);
  if (!near.empty()) error += "; did you mean " + quote(near) + "?";
  error += (near.empty() ? "; allowed: " : " Allowed: ") + join_names(names);
}

bool check_bits(const Field& field, std::uint64_t bits, std::string& error) {
  if (field.rules == nullptr || !field.rules->limits_numbers()) return true;
  return check_number(*field.rules, number_value(field.kind, bits), error);
}

bool text_to_bits(const Field& field, std::string_view text, TextFrom from, std::uint64_t& bits,
                  std::string& error) {
  if (field.kind == Kind::enumeration) return enum_bits(field, text, bits, error);
  if (field.kind == Kind::boolean) {
    const bool yes = text == "true" || text == "1";
    if (!yes && text != "false" && text != "0") {
      error += shown(field, text) + " must be true or false";
      return false;
    }
    bits = yes ? 1 : 0;
    return true;
  }
  if (field.rules != nullptr && field.rules->duration) {
    return duration_bits(field, text, from, bits, error);
  }
  switch (parse_number(text, field.kind, bits)) {
    case NumberError::none:
      return true;
    case NumberError::syntax:
      error += shown(field, text) + " is not a number";
      return false;
    case NumberError::range:
      error += shown(field, text) + " is out of range; " + number_expectation(field.kind);
      return false;
    case NumberError::fractional:
      error += shown(field, text) + " is not whole; " + number_expectation(field.kind);
      return false;
  }
  return false;
}

bool encode_text(const Field& field, std::string_view text, TextFrom from, WireBuffer& out,
                 std::string& error) {
  if (!is_textual(field)) {
    error +=
        "is " + std::string(field.map ? "a map" : "an object") + ", which one value cannot say";
    return false;
  }
  const std::size_t begin = out.size();
  bool good = true;
  if (field.kind == Kind::message) {
    out.tag(field);
    const std::size_t start = out.begin_length();
    good = encode_well_known(field, text, from, out, error);
    if (good) out.end_length(start);
  } else if (field.wire() == WireType::length) {
    const bool checked = field.rules == nullptr || !field.rules->limits_strings() ||
                         check_string(*field.rules, text, error);
    if (checked && text.empty() && !field.keep_zero && !field.repeated) return true;
    out.tag(field);
    good = checked && encode_string(field, text, out, error);
  } else {
    good = encode_number(field, text, from, out, error);
  }
  if (!good) out.truncate(begin);
  return good;
}

void append_seconds_nanos(WireBuffer& out, std::int64_t seconds, std::int32_t nanos) {
  if (seconds != 0) {
    out.tag(1, WireType::varint);
    out.varint(static_cast<std::uint64_t>(seconds));
  }
  if (nanos != 0) {
    out.tag(2, WireType::varint);
    out.varint(static_cast<std::uint64_t>(std::int64_t{nanos}));
  }
}

bool append_field_mask(WireBuffer& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view path = text.substr(0, comma);
    if (path.empty()) return false;
    out.tag(1, WireType::length);
    const std::size_t start = out.begin_length();
    for (const char c : path) {
      const bool upper = c >= 'A' && c <= 'Z';
      const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
      if (!upper && !plain) return false;
      const char snake[2] = {'_', static_cast<char>(c + 32)};
      out.append(upper ? std::string_view(snake, 2) : std::string_view(&c, 1));
    }
    out.end_length(start);
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
    if (text.empty()) return false;
  }
  return true;
}

}  // namespace souk::schema
