// JsonReader: sub-messages, among them those that have a JSON form of their own.
#include <algorithm>
#include <vector>

#include "kernel/schema/cross_checks.hpp"
#include "kernel/schema/json_presence.hpp"
#include "kernel/schema/json_reader.hpp"
#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/time_text.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

// google/protobuf/struct.proto
constexpr std::uint32_t kStructFields = 1;
constexpr std::uint32_t kListValues = 1;
constexpr std::uint32_t kEntryKey = 1;
constexpr std::uint32_t kEntryValue = 2;
enum ValueField : std::uint32_t { kNull = 1, kNumber, kString, kBool, kStruct, kList };

}  // namespace

bool JsonReader::read_submessage(const Field& field, unsigned depth) {
  out_.tag(field);
  const std::size_t start = out_.begin_length();
  if (!read_content(*field.message, depth + 1)) return false;
  if (field.rules != nullptr && field.rules->limits_numbers() && options_->check_rules) {
    std::string error;
    if (!check_money(field, out_.from(start), error)) {
      fail(std::move(error));
      failure_.prepend(kMoneyAmount);
      return false;
    }
  }
  out_.end_length(start);
  return true;
}

bool JsonReader::read_content(const MessageTable& table, unsigned depth) {
  switch (table.well_known) {
    case WellKnown::none:
      return read_message(table, depth);
    case WellKnown::structure:
      return read_struct(depth);
    case WellKnown::value:
      return read_value(depth);
    case WellKnown::list:
      return read_list_value(depth);
    case WellKnown::wrapper:
      return read_single(table.fields[0], depth);
    default:
      return read_seconds_nanos(table.well_known);
  }
}

bool JsonReader::read_seconds_nanos(WellKnown kind) {
  if (peek() != '"') return fail(std::string(expectation(kind)));
  std::string_view text;
  if (!read_text(text)) return false;
  if (kind == WellKnown::field_mask) {
    if (append_field_mask(out_, text)) return true;
    return fail(quote(text) + " " + std::string(expectation(kind)));
  }
  SecondsNanos value;
  const bool good =
      kind == WellKnown::timestamp ? parse_timestamp(text, value) : parse_duration(text, value);
  if (!good) return fail(quote(text) + " " + std::string(expectation(kind)));
  append_seconds_nanos(out_, value.seconds, value.nanos);
  return true;
}

bool JsonReader::read_string_field(std::uint32_t number) {
  std::string_view text;
  if (!read_text(text)) return false;
  out_.tag(number, WireType::length);
  out_.varint(text.size());
  out_.append(text);
  return true;
}

bool JsonReader::read_struct(unsigned depth) {
  if (peek() != '{') return fail("must be an object");
  // Each level of JSON is three on the wire: struct, entry, value.
  if (depth + 2 > options_->limits.max_depth) return fail_depth();
  ++at_;
  const std::size_t begin = out_.size();
  std::size_t count = 0;
  bool more = peek() != '}';
  if (!more) ++at_;
  while (more) {
    std::string_view key;
    if (!read_raw_name(key)) return false;
    out_.tag(kStructFields, WireType::length);
    const std::size_t entry = out_.begin_length();
    std::string_view name = key;
    if (!unescape_name(name)) return false;
    out_.tag(kEntryKey, WireType::length);
    out_.varint(name.size());
    out_.append(name);
    out_.tag(kEntryValue, WireType::length);
    const std::size_t value = out_.begin_length();
    if (!read_value(depth + 2)) {
      failure_.prepend(key.substr(0, 100));
      return false;
    }
    out_.end_length(value);
    out_.end_length(entry);
    if (++count > options_->limits.max_elements) return fail("has too many members");
    if (!read_separator('}', more)) return false;
  }
  return count < 2 || check_map_keys(begin);
}

bool JsonReader::read_list_value(unsigned depth) {
  if (peek() != '[') return fail("must be an array");
  if (depth + 1 > options_->limits.max_depth) return fail_depth();
  ++at_;
  std::size_t count = 0;
  bool more = peek() != ']';
  if (!more) ++at_;
  while (more) {
    out_.tag(kListValues, WireType::length);
    const std::size_t value = out_.begin_length();
    if (!read_value(depth + 1)) {
      failure_.prepend(count);
      return false;
    }
    out_.end_length(value);
    if (++count > options_->limits.max_elements) return fail("has too many elements");
    if (!read_separator(']', more)) return false;
  }
  return true;
}

bool JsonReader::read_value(unsigned depth) {
  if (depth > options_->limits.max_depth) return fail_depth();
  switch (peek()) {
    case 'n':
      out_.tag(kNull, WireType::varint);
      out_.varint(0);
      return read_literal("null");
    case 't':
    case 'f': {
      const bool yes = peek() == 't';
      out_.tag(kBool, WireType::varint);
      out_.varint(yes ? 1 : 0);
      return read_literal(yes ? "true" : "false");
    }
    case '"':
      return read_string_field(kString);
    case '{':
    case '[': {
      const bool object = peek() == '{';
      out_.tag(object ? kStruct : kList, WireType::length);
      const std::size_t start = out_.begin_length();
      if (!(object ? read_struct(depth + 1) : read_list_value(depth + 1))) return false;
      out_.end_length(start);
      return true;
    }
    default:
      break;
  }
  if (at_ == end_) return fail_syntax("expected a value");
  std::uint64_t bits = 0;
  const NumberError error = parse_json_number(raw_token(), bits);
  if (error == NumberError::syntax) return fail_syntax("expected a value");
  if (error != NumberError::none) return fail(quote(raw_token()) + " is out of range");
  out_.tag(kNumber, WireType::fixed64);
  out_.number(WireType::fixed64, bits);
  ++at_;
  return true;
}

/// Entries written since `begin` must differ in their keys.
bool JsonReader::check_map_keys(std::size_t begin) {
  std::vector<std::string_view> keys;
  WireReader entries(out_.from(begin));
  while (!entries.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::string_view entry;
    if (!entries.tag(number, type) || !entries.bytes(entry)) break;
    WireReader inside(entry);
    if (!inside.tag(number, type)) break;
    const char* const key = inside.position();
    if (!inside.skip(type)) break;
    keys.emplace_back(key, static_cast<std::size_t>(inside.position() - key));
  }
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) == keys.end()) return true;
  return fail("has the same key twice");
}

}  // namespace souk::schema
