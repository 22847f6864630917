// JSON Schema (draft 2020-12) of message types, for config.schema.json and OpenAPI's components.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kernel/schema/message_table.hpp"

namespace souk::schema {

/// What the schema describes.
enum class SchemaUse {
  yaml,  // what people write in YAML: durations as "60m", int64 as integers, .proto names
  json,  // Protobuf's JSON mapping: int64 as strings, lowerCamelCase
};

/// Collects schemas of messages by full name, each once, whatever refers to what.
class JsonSchemas {
 public:
  /// `reference_prefix`: "#/components/schemas/" or "#/$defs/".
  JsonSchemas(SchemaUse use, std::string reference_prefix);

  /// A JSON object that refers to the message's schema, which is added with all it needs; for
  /// messages with a JSON form of their own (Timestamp, Struct …) the schema itself.
  std::string reference(const MessageTable& table);
  /// The same without `additionalProperties`, so that others may add keys beside the message's own.
  std::string open_reference(const MessageTable& table);
  /// Uses this schema for the message of that name, instead of one made from its table. To be
  /// called before the message is referred to.
  void define(std::string full_name, std::string schema);
  /// The schema of a field's value, list or map included, with its rules and its doc.
  std::string field_schema(const Field& field);

  /// `"full.Name":{…},…` in order of names: the inside of a JSON object.
  [[nodiscard]] std::string definitions() const;

 private:
  std::string object_schema(const MessageTable& table, bool closed);
  std::string value_schema(const Field& field);
  std::string scalar_schema(const Field& field) const;

  SchemaUse use_;
  std::string prefix_;
  std::map<std::string, std::string, std::less<>> definitions_;
};

/// A JSON Schema document of its own for one message.
[[nodiscard]] std::string json_schema(const MessageTable& table, SchemaUse use);

/// Appends `text` as a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace souk::schema
