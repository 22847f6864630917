#include "plugins/email/template/numbers.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace souk::email::liquid {

void append_number(const Value& value, std::string& out) {
  char digits[64];
  if (value.kind() == Value::Kind::integer) {
    const auto made = std::to_chars(digits, digits + sizeof digits, value.as_integer());
    out.append(digits, made.ptr);
    return;
  }
  const double number = value.as_number();
  if (value.kind() != Value::Kind::number || !std::isfinite(number)) return;
  const bool plain = std::fabs(number) < 1e16 && (number == 0 || std::fabs(number) >= 1e-4);
  const auto made = std::to_chars(digits, digits + sizeof digits, number,
                                  plain ? std::chars_format::fixed : std::chars_format::general);
  const std::string_view text(digits, static_cast<std::size_t>(made.ptr - digits));
  out += text;
  if (plain && text.find('.') == text.npos) out += ".0";
}

Value number_in_text(std::string_view text) noexcept {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == text.npos) return {};
  text.remove_prefix(start);
  if (text.front() == '+') text.remove_prefix(1);
  const char* last = text.data() + text.size();
  const std::size_t digit = !text.empty() && text.front() == '-' ? 1 : 0;
  // Words like "nan" and "infinity" are numbers to from_chars, not to people.
  if (digit >= text.size() || (text[digit] != '.' && (text[digit] < '0' || text[digit] > '9')))
    return {};
  std::int64_t integer = 0;
  double number = 0;
  const auto whole = std::from_chars(text.data(), last, integer);
  const auto real = std::from_chars(text.data(), last, number);
  if (real.ec != std::errc{}) return {};
  if (whole.ec == std::errc{} && whole.ptr == real.ptr) return Value::integer(integer);
  return Value::number(number);
}

Value to_number(const Value& value) noexcept {
  switch (value.kind()) {
    case Value::Kind::integer:
    case Value::Kind::number:
      return value;
    case Value::Kind::text:
      return number_in_text(value.as_text());
    default:
      return {};
  }
}

}  // namespace souk::email::liquid
