// JSON as the Algolia dialect needs it: a small tree to build answers from, and its text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace souk::search::algolia {

/// A value; the members of an object keep their order.
struct JsonValue {
  enum class Kind { null, boolean, number, text, list, object };
  Kind kind = Kind::null;
  bool truth = false;
  double number = 0;
  std::string text;
  std::vector<JsonValue> items;
  std::vector<std::pair<std::string, JsonValue>> members;

  // Where the compiler sees all of the class: it holds lists of itself.
  JsonValue();
  ~JsonValue();
  JsonValue(const JsonValue& other);
  JsonValue(JsonValue&& other) noexcept;
  JsonValue& operator=(const JsonValue& other);
  JsonValue& operator=(JsonValue&& other) noexcept;

  static JsonValue of(std::string_view text);
  static JsonValue of(double number);
  static JsonValue of(bool truth);
  static JsonValue list();
  static JsonValue object();

  /// nullptr when it is no object or has none of that name.
  [[nodiscard]] const JsonValue* find(std::string_view name) const;
  /// Replaces or adds.
  void set(std::string_view name, JsonValue value);
};

/// Appends the text in quotes; bytes that are not UTF-8 become U+FFFD.
void append_json_text(std::string_view text, std::string& out);
/// Integers without a fraction, others as short as reads back the same; what is not finite as null.
void append_json_number(double number, std::string& out);
void append_json(const JsonValue& value, std::string& out);

}  // namespace souk::search::algolia
