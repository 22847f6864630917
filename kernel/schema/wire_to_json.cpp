// wire_to_json, and the messages with a JSON form of their own.
#include "kernel/schema/wire_to_json.hpp"

#include <algorithm>

#include "kernel/schema/json_writer.hpp"
#include "kernel/schema/number_text.hpp"
#include "kernel/schema/time_text.hpp"
#include "kernel/schema/wire_time.hpp"

namespace souk::schema {

Status wire_to_json(const MessageTable& table, std::string_view wire, std::string& out,
                    const JsonWriteOptions& options) {
  if (wire.size() > options.limits.max_bytes) {
    return {Code::invalid_argument, "has " + std::to_string(wire.size()) + " bytes; at most " +
                                        std::to_string(options.limits.max_bytes) + " are allowed"};
  }
  thread_local JsonWriter writer;
  const std::size_t begin = out.size();
  writer.start(out, options);
  if (writer.write_content(table, wire, 1)) return {};
  out.resize(begin);
  return {Code::data_loss, writer.error()};
}

bool JsonWriter::write_seconds_nanos(WellKnown kind, std::string_view wire) {
  SecondsNanos value;
  if (const char* const wrong = read_seconds_nanos(wire, value)) {
    return fail(std::string("a time ") + wrong);
  }
  *out_ += '"';
  const bool good =
      kind == WellKnown::timestamp ? append_timestamp(*out_, value) : append_duration(*out_, value);
  *out_ += '"';
  return good || fail("a time is out of range");
}

bool JsonWriter::write_field_mask(std::string_view wire) {
  std::string text;
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::string_view path;
    if (!reader.tag(number, type)) return fail("a field mask's tag is malformed");
    if (number != 1 || type != WireType::length) {
      if (!reader.skip(type)) return fail("a field mask is cut off");
      continue;
    }
    if (!reader.bytes(path)) return fail("a field mask is cut off");
    if (!text.empty()) text += ',';
    for (std::size_t i = 0; i < path.size(); ++i) {
      const bool join =
          path[i] == '_' && i + 1 < path.size() && path[i + 1] >= 'a' && path[i + 1] <= 'z';
      text += join ? static_cast<char>(path[++i] - 32) : path[i];
    }
  }
  return write_string(text);
}

bool JsonWriter::write_wrapper(const Field& field, std::string_view wire, unsigned depth) {
  WireReader reader(wire);
  Met met{0, false, 0, 0, {}};
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type)) return fail("a wrapper's tag is malformed");
    const bool known = number == 1 && type == field.wire();
    const bool good = !known                     ? reader.skip(type)
                      : type == WireType::length ? reader.bytes(met.bytes)
                                                 : reader.number(type, met.bits);
    if (!good) return fail("a wrapper is cut off");
  }
  return write_one(field, met, depth);
}

// google/protobuf/struct.proto: Struct { map<string, Value> fields = 1 }, ListValue { repeated
// Value values = 1 }, Value { oneof: null 1, number 2, string 3, bool 4, struct 5, list 6 }.

bool JsonWriter::write_struct(std::string_view wire, unsigned depth) {
  if (depth > options_->limits.max_depth) return fail("nested too deeply");
  // The last entry of a name wins, at the place of the first.
  std::vector<std::pair<std::string_view, std::string_view>> entries;
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::string_view entry;
    if (!reader.tag(number, type)) return fail("a struct's tag is malformed");
    if (number != 1 || type != WireType::length) {
      if (!reader.skip(type)) return fail("a struct is cut off");
      continue;
    }
    if (!reader.bytes(entry)) return fail("a struct is cut off");
    std::string_view parts[3];
    WireReader inside(entry);
    while (!inside.done()) {
      std::uint32_t part = 0;
      if (!inside.tag(part, type)) return fail("a struct's tag is malformed");
      const bool known = (part == 1 || part == 2) && type == WireType::length;
      if (!(known ? inside.bytes(parts[part]) : inside.skip(type)))
        return fail("a struct is cut off");
    }
    entries.emplace_back(parts[1], parts[2]);
  }
  *out_ += '{';
  bool first = true;
  std::vector<std::pair<std::string_view, std::size_t>> order;
  for (std::size_t i = 0; i < entries.size(); ++i)
    order.emplace_back(entries[i].first, i);
  std::sort(order.begin(), order.end());
  std::vector<bool> lost(entries.size(), false);
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    lost[order[i].second] = order[i].first == order[i + 1].first;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (lost[i]) continue;
    if (!first) *out_ += ',';
    first = false;
    if (!write_string(entries[i].first)) return false;
    *out_ += ':';
    if (!write_value(entries[i].second, depth + 2)) return false;
  }
  *out_ += '}';
  return true;
}

bool JsonWriter::write_list_value(std::string_view wire, unsigned depth) {
  if (depth > options_->limits.max_depth) return fail("nested too deeply");
  *out_ += '[';
  bool first = true;
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::string_view value;
    if (!reader.tag(number, type)) return fail("a list's tag is malformed");
    if (number != 1 || type != WireType::length) {
      if (!reader.skip(type)) return fail("a list is cut off");
      continue;
    }
    if (!reader.bytes(value)) return fail("a list is cut off");
    if (!first) *out_ += ',';
    first = false;
    if (!write_value(value, depth + 1)) return false;
  }
  *out_ += ']';
  return true;
}

bool JsonWriter::write_value(std::string_view wire, unsigned depth) {
  if (depth > options_->limits.max_depth) return fail("nested too deeply");
  std::uint32_t kind = 1;
  std::uint64_t bits = 0;
  std::string_view bytes;
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type)) return fail("a value's tag is malformed");
    constexpr WireType kTypes[] = {WireType::varint, WireType::varint, WireType::fixed64,
                                   WireType::length, WireType::varint, WireType::length,
                                   WireType::length};
    if (number > 6 || type != kTypes[number]) {
      if (!reader.skip(type)) return fail("a value is cut off");
      continue;
    }
    kind = number;
    if (!(type == WireType::length ? reader.bytes(bytes) : reader.number(type, bits))) {
      return fail("a value is cut off");
    }
  }
  switch (kind) {
    case 2:
      append_float(*out_, Kind::float64, bits);
      return true;
    case 3:
      return write_string(bytes);
    case 4:
      *out_ += bits != 0 ? "true" : "false";
      return true;
    case 5:
      return write_struct(bytes, depth + 1);
    case 6:
      return write_list_value(bytes, depth + 1);
    default:
      *out_ += "null";
      return true;
  }
}

}  // namespace souk::schema
