// Rules: what a field accepts beyond its type, read from (souk.v1.field) and (souk.v1.message) and
// compiled; and the checks themselves, used alike for JSON, wire bytes, query parameters and YAML.
//
// Immutable after compilation; safe from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace souk::schema {

struct MessageTable;

/// A compiled regular expression that must match a whole string. Linear in the length of the string
/// times the size of the expression; without back references and look-around.
class Pattern {
 public:
  /// Null when `expression` is not a valid expression; `error` then says why.
  static std::unique_ptr<Pattern> compile(std::string_view expression, std::string& error);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  Pattern();
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

struct FieldRules {
  bool required = false;
  bool sensitive = false;        // its value never appears in messages
  bool duration = false;         // int64 milliseconds that people write as 500ms, 2s, 60m, 1h, 14d
  bool path = false;             // a file path, relative to the YAML file
  std::uint32_t max_length = 0;  // bytes; 0: none
  std::uint32_t max_items = 0;   // 0: none
  std::optional<double> min;     // inclusive; durations in ms
  std::optional<double> max;
  std::vector<std::string> allowed;
  std::string pattern_text;
  std::unique_ptr<Pattern> pattern;
  std::string default_text;                // as written in YAML; empty: no default
  std::vector<std::string> default_parts;  // its elements; one unless the field is a list
  std::string default_wire;  // the whole field, tag included, as apply_defaults() writes it
  std::string unit;

  /// True when a value alone can break the rules.
  [[nodiscard]] bool limits_strings() const noexcept {
    return max_length != 0 || !allowed.empty() || pattern != nullptr;
  }
  [[nodiscard]] bool limits_numbers() const noexcept { return min.has_value() || max.has_value(); }
};

/// One of MessageRules.cross_checks: `left OP right` or `left OP number`.
struct CrossCheck {
  enum class Op : std::uint8_t { le, lt, ge, gt, eq, ne };
  std::string text;        // as written
  std::uint16_t left = 0;  // position in MessageTable::fields
  Op op = Op::le;
  int right = -1;  // position, or -1: compare with `number`
  double number = 0;
};

struct MessageRules {
  bool settings = false;
  std::string scope;  // what a key needs to send it as an event; empty: "events"
  std::vector<CrossCheck> cross_checks;
};

// The checks. Each appends to `error` what is wrong and what is allowed, and returns false; they do
// not name the field. Sensitive values are not repeated.
[[nodiscard]] bool check_string(const FieldRules& rules, std::string_view value,
                                std::string& error);
[[nodiscard]] bool check_number(const FieldRules& rules, double value, std::string& error);
[[nodiscard]] bool check_count(const FieldRules& rules, std::size_t count, std::string& error);

/// Milliseconds of "500ms", "2s", "60m", "1h", "14d" (fractions allowed, whole milliseconds as
/// result); nullopt when the text is none of these.
[[nodiscard]] std::optional<std::int64_t> parse_duration_ms(std::string_view text) noexcept;
/// The shortest such text: 3600000 → "1h".
[[nodiscard]] std::string format_duration_ms(std::int64_t ms);

}  // namespace souk::schema
