#include "kernel/schema/rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

/// A bound or a value as its reader writes it.
std::string number_text(const FieldRules& rules, double value) {
  constexpr double kExact = 9'007'199'254'740'992.0;
  if (rules.duration && std::abs(value) <= kExact) {
    return format_duration_ms(static_cast<std::int64_t>(value));
  }
  char text[40];
  const auto end = std::abs(value) <= kExact && value == std::floor(value)
                       ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value))
                       : std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

std::string range_text(const FieldRules& rules) {
  if (rules.min && rules.max) {
    return "from " + number_text(rules, *rules.min) + " to " + number_text(rules, *rules.max);
  }
  if (rules.min) return "at least " + number_text(rules, *rules.min);
  return "at most " + number_text(rules, *rules.max);
}

bool fail_allowed(const FieldRules& rules, std::string_view value, std::string& error) {
  std::vector<std::string_view> names(rules.allowed.begin(), rules.allowed.end());
  error += rules.sensitive ? "is not an allowed value" : quote(value) + " is not allowed";
  const std::string_view near = rules.sensitive ? "" : did_you_mean(value, names);
  if (!near.empty()) error += "; did you mean " + quote(near) + "?";
  error += (near.empty() ? "; allowed: " : " Allowed: ") + join_names(names);
  return false;
}

}  // namespace

bool check_string(const FieldRules& rules, std::string_view value, std::string& error) {
  if (rules.max_length != 0 && value.size() > rules.max_length) {
    error += "is " + std::to_string(value.size()) + " bytes long; at most " +
             std::to_string(rules.max_length) + " are allowed";
    return false;
  }
  if (!rules.allowed.empty() &&
      std::find(rules.allowed.begin(), rules.allowed.end(), value) == rules.allowed.end()) {
    return fail_allowed(rules, value, error);
  }
  if (rules.pattern != nullptr && !rules.pattern->matches(value)) {
    error += (rules.sensitive ? std::string("the value") : quote(value)) +
             " does not match the pattern " + rules.pattern_text;
    return false;
  }
  return true;
}

bool check_number(const FieldRules& rules, double value, std::string& error) {
  // Written so that NaN fails.
  const bool low = rules.min && !(value >= *rules.min);
  const bool high = rules.max && !(value <= *rules.max);
  if (!low && !high) return true;
  error += (rules.sensitive ? std::string("is out of range") : "is " + number_text(rules, value)) +
           "; must be " + range_text(rules);
  return false;
}

bool check_count(const FieldRules& rules, std::size_t count, std::string& error) {
  if (rules.max_items == 0 || count <= rules.max_items) return true;
  error += "has " + std::to_string(count) + " elements; at most " +
           std::to_string(rules.max_items) + " are allowed";
  return false;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) noexcept {
  const std::size_t digits = text.find_first_not_of("0123456789.-");
  if (digits == std::string_view::npos || digits == 0) return std::nullopt;
  const std::string_view unit_name = text.substr(digits);
  for (const Unit& unit : kUnits) {
    if (unit.name != unit_name) continue;
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
    if (error != std::errc() || end != text.data() + digits) return std::nullopt;
    const double ms = number * static_cast<double>(unit.ms);
    constexpr double kLongest = 9e15;  // exact in a double; 285,000 years
    if (std::abs(ms) > kLongest || ms != std::floor(ms)) return std::nullopt;
    return static_cast<std::int64_t>(ms);
  }
  return std::nullopt;
}

std::string format_duration_ms(std::int64_t ms) {
  if (ms == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (ms % unit.ms == 0) return std::to_string(ms / unit.ms) + std::string(unit.name);
  }
  return std::to_string(ms) + "ms";
}

}  // namespace souk::schema
