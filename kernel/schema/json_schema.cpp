#include "kernel/schema/json_schema.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace souk::schema {

namespace {

/// Writes the members of one JSON object.
class ObjectText {
 public:
  ObjectText& raw(std::string_view name, std::string_view json) {
    if (text_.size() > 1) text_ += ',';
    append_json_string(text_, name);
    text_ += ':';
    text_ += json;
    return *this;
  }
  ObjectText& text(std::string_view name, std::string_view value) {
    std::string quoted;
    append_json_string(quoted, value);
    return raw(name, quoted);
  }
  /// Adds the members of another object.
  ObjectText& merge(std::string_view object) {
    if (object.size() <= 2) return *this;
    if (text_.size() > 1) text_ += ',';
    text_ += object.substr(1, object.size() - 2);
    return *this;
  }
  [[nodiscard]] std::string done() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

template <class Strings>
std::string string_array(const Strings& strings) {
  std::string text = "[";
  for (const auto& entry : strings) {
    if (text.size() > 1) text += ',';
    append_json_string(text, entry);
  }
  return text + "]";
}

std::string number_text(double value) {
  char text[40];
  constexpr double kExact = 9'007'199'254'740'992.0;
  const auto end = std::abs(value) <= kExact && value == std::floor(value)
                       ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value))
                       : std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

bool is_long(Kind kind) noexcept {
  return kind == Kind::int64 || kind == Kind::sint64 || kind == Kind::sfixed64 ||
         kind == Kind::uint64 || kind == Kind::fixed64;
}

bool is_unsigned(Kind kind) noexcept {
  return kind == Kind::uint32 || kind == Kind::fixed32 || kind == Kind::uint64 ||
         kind == Kind::fixed64;
}

/// A default as JSON: numbers and booleans bare, the rest in quotes.
std::string default_json(const Field& field, std::string_view text) {
  const bool quoted = field.kind == Kind::string || field.kind == Kind::bytes ||
                      field.kind == Kind::enumeration || field.kind == Kind::message ||
                      (field.rules != nullptr && field.rules->duration);
  if (!quoted) return std::string(text);
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string description_of(const Field& field, SchemaUse use) {
  std::string text = field.doc;
  const FieldRules* rules = field.rules.get();
  const auto add = [&](const std::string& sentence) {
    if (!text.empty()) text += ' ';
    text += sentence;
  };
  if (rules == nullptr) return text;
  if (!rules->unit.empty()) add("Unit: " + rules->unit + ".");
  if (rules->duration) {
    add(use == SchemaUse::yaml ? "A duration: 500ms, 2s, 60m, 1h, 14d."
                               : "Milliseconds, or a text such as 60m.");
    if (rules->min)
      add("At least " + format_duration_ms(static_cast<std::int64_t>(*rules->min)) + ".");
    if (rules->max)
      add("At most " + format_duration_ms(static_cast<std::int64_t>(*rules->max)) + ".");
  }
  if (rules->path && field.kind == Kind::message) {
    add("A YAML file of its own: its path, relative to this file.");
  } else if (rules->path) {
    add("A path, relative to this file.");
  }
  return text;
}

std::string well_known_schema(const MessageTable& table) {
  switch (table.well_known) {
    case WellKnown::timestamp:
      return R"({"type":"string","format":"date-time"})";
    case WellKnown::duration:
      return R"({"type":"string","pattern":"^-?[0-9]+(\\.[0-9]{1,9})?s$"})";
    case WellKnown::field_mask:
      return R"({"type":"string"})";
    case WellKnown::structure:
      return R"({"type":"object","additionalProperties":true})";
    case WellKnown::list:
      return R"({"type":"array"})";
    default:
      return "{}";
  }
}

}  // namespace

JsonSchemas::JsonSchemas(SchemaUse use, std::string reference_prefix)
    : use_(use), prefix_(std::move(reference_prefix)) {}

std::string JsonSchemas::reference(const MessageTable& table) {
  if (table.well_known == WellKnown::wrapper) return scalar_schema(table.fields[0]);
  if (table.well_known != WellKnown::none) return well_known_schema(table);
  if (definitions_.find(table.full_name) == definitions_.end()) {
    definitions_[table.full_name] = "{}";  // known from here on, so that cycles end
    definitions_[table.full_name] = object_schema(table, true);
  }
  return ObjectText().text("$ref", prefix_ + table.full_name).done();
}

std::string JsonSchemas::open_reference(const MessageTable& table) {
  const std::string name = table.full_name + ".open";
  if (definitions_.find(name) == definitions_.end()) {
    definitions_[name] = "{}";
    definitions_[name] = object_schema(table, false);
  }
  return ObjectText().text("$ref", prefix_ + name).done();
}

void JsonSchemas::define(std::string full_name, std::string schema) {
  definitions_.insert_or_assign(std::move(full_name), std::move(schema));
}

std::string JsonSchemas::object_schema(const MessageTable& table, bool closed) {
  ObjectText properties;
  std::vector<std::string> required;
  for (const Field& field : table.fields) {
    const std::string& name = use_ == SchemaUse::yaml ? field.name : field.json_name;
    properties.raw(name, field_schema(field));
    if (field.rules != nullptr && field.rules->required) required.push_back(name);
  }
  ObjectText schema;
  schema.text("type", "object");
  if (!table.doc.empty()) schema.text("description", table.doc);
  schema.raw("properties", properties.done());
  if (!required.empty()) schema.raw("required", string_array(required));
  if (closed) schema.raw("additionalProperties", "false");
  return schema.done();
}

std::string JsonSchemas::scalar_schema(const Field& field) const {
  ObjectText schema;
  const FieldRules* rules = field.rules.get();
  const bool duration = rules != nullptr && rules->duration;
  if (duration && use_ == SchemaUse::yaml) {
    schema.text("type", "string").text("pattern", "^(0|[0-9]+(\\.[0-9]+)?(ms|s|m|h|d))$");
    return schema.done();
  }
  switch (field.kind) {
    case Kind::boolean:
      return schema.text("type", "boolean").done();
    case Kind::float32:
    case Kind::float64:
      schema.text("type", "number");
      break;
    case Kind::bytes:
      schema.text("type", "string").text("contentEncoding", "base64");
      break;
    case Kind::enumeration: {
      std::vector<std::string_view> names;
      for (const EnumValue& value : field.enumeration->values)
        names.push_back(value.name);
      return schema.text("type", "string").raw("enum", string_array(names)).done();
    }
    case Kind::string:
      schema.text("type", "string");
      break;
    default:
      if (is_long(field.kind) && use_ == SchemaUse::json) {
        schema.raw("type", R"(["string","integer"])")
            .text("format", is_unsigned(field.kind) ? "uint64" : "int64");
      } else {
        schema.text("type", "integer");
      }
      if (is_unsigned(field.kind) && (rules == nullptr || !rules->min)) schema.raw("minimum", "0");
  }
  if (rules == nullptr) return schema.done();
  if (rules->min && !duration) schema.raw("minimum", number_text(*rules->min));
  if (rules->max && !duration) schema.raw("maximum", number_text(*rules->max));
  if (rules->max_length != 0) schema.raw("maxLength", std::to_string(rules->max_length));
  if (!rules->allowed.empty()) schema.raw("enum", string_array(rules->allowed));
  if (!rules->pattern_text.empty()) schema.text("pattern", "^(?:" + rules->pattern_text + ")$");
  if (rules->required && field.kind == Kind::string && !field.repeated)
    schema.raw("minLength", "1");
  return schema.done();
}

std::string JsonSchemas::value_schema(const Field& field) {
  if (field.kind != Kind::message) return scalar_schema(field);
  // In YAML a message with the switch `off` may be written as `true` or `off`.
  const Field* off = use_ == SchemaUse::yaml ? field.message->find("off") : nullptr;
  if (off == nullptr || off->kind != Kind::boolean) return reference(*field.message);
  return R"({"anyOf":[{"type":"boolean"},{"type":"string","enum":["on","off"]},)" +
         reference(*field.message) + "]}";
}

std::string JsonSchemas::field_schema(const Field& field) {
  ObjectText schema;
  const FieldRules* rules = field.rules.get();
  if (field.map) {
    schema.text("type", "object")
        .raw("additionalProperties", value_schema(field.message->fields[1]));
    if (rules != nullptr && rules->max_items != 0) {
      schema.raw("maxProperties", std::to_string(rules->max_items));
    }
  } else if (field.repeated) {
    schema.text("type", "array").raw("items", value_schema(field));
    if (rules != nullptr && rules->max_items != 0) {
      schema.raw("maxItems", std::to_string(rules->max_items));
    }
    if (rules != nullptr && rules->required) schema.raw("minItems", "1");
  } else if (rules != nullptr && rules->path && field.kind == Kind::message &&
             use_ == SchemaUse::yaml) {
    schema.raw("anyOf", R"([{"type":"string"},)" + value_schema(field) + "]");
  } else {
    schema.merge(value_schema(field));
  }
  const std::string description = description_of(field, use_);
  if (!description.empty()) schema.text("description", description);
  if (rules == nullptr) return schema.done();
  std::string defaults;
  for (const std::string& part : rules->default_parts) {
    if (!defaults.empty()) defaults += ',';
    defaults += default_json(field, part);
  }
  if (!defaults.empty()) schema.raw("default", field.repeated ? "[" + defaults + "]" : defaults);
  if (rules->sensitive) schema.raw("x-sensitive", "true");
  return schema.done();
}

std::string JsonSchemas::definitions() const {
  std::string text;
  for (const auto& [name, schema] : definitions_) {
    if (!text.empty()) text += ',';
    append_json_string(text, name);
    text += ':';
    text += schema;
  }
  return text;
}

std::string json_schema(const MessageTable& table, SchemaUse use) {
  JsonSchemas schemas(use, "#/$defs/");
  const std::string root = schemas.reference(table);
  ObjectText document;
  document.text("$schema", "https://json-schema.org/draft/2020-12/schema");
  document.merge(root).raw("$defs", "{" + schemas.definitions() + "}");
  return document.done();
}

}  // namespace souk::schema
