#include "plugins/search/algolia/json_value.hpp"

#include <charconv>
#include <cmath>

namespace souk::search::algolia {
namespace {

/// Bytes of the UTF-8 sequence that begins at `at`, 0 when it is none.
std::size_t sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) return 0;
  for (std::size_t i = at + 1; i < at + size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || outside ? 0 : size;
}

}  // namespace

JsonValue::JsonValue() = default;
JsonValue::~JsonValue() = default;
JsonValue::JsonValue(const JsonValue& other) = default;
JsonValue::JsonValue(JsonValue&& other) noexcept = default;
JsonValue& JsonValue::operator=(const JsonValue& other) = default;
JsonValue& JsonValue::operator=(JsonValue&& other) noexcept = default;

JsonValue JsonValue::of(std::string_view text) {
  JsonValue value;
  value.kind = Kind::text;
  value.text = text;
  return value;
}

JsonValue JsonValue::of(double number) {
  JsonValue value;
  value.kind = Kind::number;
  value.number = number;
  return value;
}

JsonValue JsonValue::of(bool truth) {
  JsonValue value;
  value.kind = Kind::boolean;
  value.truth = truth;
  return value;
}

JsonValue JsonValue::list() {
  JsonValue value;
  value.kind = Kind::list;
  return value;
}

JsonValue JsonValue::object() {
  JsonValue value;
  value.kind = Kind::object;
  return value;
}

const JsonValue* JsonValue::find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

void JsonValue::set(std::string_view name, JsonValue value) {
  for (auto& [key, old] : members) {
    if (key != name) continue;
    old = std::move(value);
    return;
  }
  members.emplace_back(std::string(name), std::move(value));
}

void append_json_text(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t size = sequence_at(text, i);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else if (size == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(i, size);
    }
    i += size == 0 ? 1 : size;
  }
  out += '"';
}

void append_json_number(double number, std::string& out) {
  char text[32];
  if (!std::isfinite(number)) {
    out += "null";
  } else if (number == std::trunc(number) && std::fabs(number) < 9e15) {
    const auto end = std::to_chars(text, text + sizeof text, static_cast<long long>(number)).ptr;
    out.append(text, end);
  } else {
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, end);
  }
}

void append_json(const JsonValue& value, std::string& out) {
  switch (value.kind) {
    case JsonValue::Kind::null:
      out += "null";
      return;
    case JsonValue::Kind::boolean:
      out += value.truth ? "true" : "false";
      return;
    case JsonValue::Kind::number:
      return append_json_number(value.number, out);
    case JsonValue::Kind::text:
      return append_json_text(value.text, out);
    case JsonValue::Kind::list: {
      out += '[';
      bool first = true;
      for (const JsonValue& item : value.items) {
        if (!first) out += ',';
        first = false;
        append_json(item, out);
      }
      out += ']';
      return;
    }
    case JsonValue::Kind::object: {
      out += '{';
      bool first = true;
      for (const auto& [name, member] : value.members) {
        if (!first) out += ',';
        first = false;
        append_json_text(name, out);
        out += ':';
        append_json(member, out);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace souk::search::algolia
