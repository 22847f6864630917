#include "kernel/schema/number_text.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "kernel/schema/wire.hpp"

namespace souk::schema {

namespace {

/// A number taken apart: (-1)^negative × mantissa × 10^exponent, exact unless `truncated`.
struct Parts {
  std::uint64_t mantissa = 0;
  std::int64_t exponent = 0;
  bool negative = false;
  bool plain = true;  // neither a fraction nor an exponent
  bool truncated = false;
};

bool is_digit(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }

void add_digit(Parts& parts, char c, bool fraction) noexcept {
  std::uint64_t next = 0;
  if (!parts.truncated && !__builtin_mul_overflow(parts.mantissa, std::uint64_t{10}, &next) &&
      !__builtin_add_overflow(next, static_cast<std::uint64_t>(c - '0'), &next)) {
    parts.mantissa = next;
    if (fraction) --parts.exponent;
    return;
  }
  // Zeros behind what fits keep the value exact.
  if (c != '0') parts.truncated = true;
  if (!fraction) ++parts.exponent;
}

/// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`.
bool take_apart(std::string_view text, Parts& parts) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at != end && *at == '-') {
    parts.negative = true;
    ++at;
  }
  if (at == end || !is_digit(*at)) return false;
  if (*at == '0' && end - at > 1 && is_digit(at[1])) return false;
  if (end - at <= 18) {  // cannot overflow
    for (; at != end && is_digit(*at); ++at) {
      parts.mantissa = parts.mantissa * 10 + static_cast<std::uint64_t>(*at - '0');
    }
  } else {
    for (; at != end && is_digit(*at); ++at)
      add_digit(parts, *at, false);
  }
  if (at == end) return true;
  parts.plain = false;
  if (*at == '.') {
    ++at;
    if (at == end || !is_digit(*at)) return false;
    for (; at != end && is_digit(*at); ++at)
      add_digit(parts, *at, true);
    if (at == end) return true;
  }
  if (*at != 'e' && *at != 'E') return false;
  ++at;
  bool negative = false;
  if (at != end && (*at == '+' || *at == '-')) negative = *at++ == '-';
  if (at == end) return false;
  std::int64_t exponent = 0;
  for (; at != end && is_digit(*at); ++at) {
    if (exponent < 1'000'000'000) exponent = exponent * 10 + (*at - '0');
  }
  parts.exponent += negative ? -exponent : exponent;
  return at == end;
}

/// Folds the exponent into the mantissa.
NumberError make_whole(Parts& parts) noexcept {
  if (parts.mantissa == 0 && !parts.truncated) {
    parts.exponent = 0;
    return NumberError::none;
  }
  while (parts.exponent < 0 && parts.mantissa % 10 == 0 && !parts.truncated) {
    parts.mantissa /= 10;
    ++parts.exponent;
  }
  if (parts.exponent < 0) return NumberError::fractional;
  if (parts.truncated || parts.exponent > 19) return NumberError::range;
  for (; parts.exponent > 0; --parts.exponent) {
    if (__builtin_mul_overflow(parts.mantissa, std::uint64_t{10}, &parts.mantissa)) {
      return NumberError::range;
    }
  }
  return NumberError::none;
}

NumberError to_signed(const Parts& parts, std::int64_t low, std::int64_t high,
                      std::int64_t& value) noexcept {
  const std::uint64_t limit =
      parts.negative ? 0 - static_cast<std::uint64_t>(low) : static_cast<std::uint64_t>(high);
  if (parts.mantissa > limit) return NumberError::range;
  value = static_cast<std::int64_t>(parts.negative ? 0 - parts.mantissa : parts.mantissa);
  return NumberError::none;
}

NumberError to_integer(Parts& parts, Kind kind, std::uint64_t& bits) noexcept {
  if (!parts.plain || parts.truncated || parts.exponent != 0) {
    const NumberError error = make_whole(parts);
    if (error != NumberError::none) return error;
  }
  std::int64_t value = 0;
  NumberError error = NumberError::none;
  switch (kind) {
    case Kind::uint32:
    case Kind::fixed32:
      if (parts.mantissa > UINT32_MAX || (parts.negative && parts.mantissa != 0)) {
        return NumberError::range;
      }
      bits = parts.mantissa;
      return NumberError::none;
    case Kind::uint64:
    case Kind::fixed64:
      if (parts.negative && parts.mantissa != 0) return NumberError::range;
      bits = parts.mantissa;
      return NumberError::none;
    case Kind::int32:
    case Kind::sint32:
    case Kind::sfixed32:
    case Kind::enumeration:
      error = to_signed(parts, INT32_MIN, INT32_MAX, value);
      break;
    default:
      error = to_signed(parts, INT64_MIN, INT64_MAX, value);
      break;
  }
  bits = kind == Kind::sint32 || kind == Kind::sint64 ? zigzag(value)
                                                      : static_cast<std::uint64_t>(value);
  return error;
}

constexpr std::array<double, 23> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

template <class Float>
NumberError to_float_slowly(std::string_view text, const Parts& parts, Float& value) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) return NumberError::none;
  if (error != std::errc::result_out_of_range) return NumberError::syntax;
  // Out of range is either end of it: what is nearer to zero than any float is zero.
  const auto digits = static_cast<std::int64_t>(std::log10(static_cast<double>(parts.mantissa)));
  if (parts.exponent + digits > 0) return NumberError::range;
  value = parts.negative ? -Float{0} : Float{0};
  return NumberError::none;
}

NumberError to_double(std::string_view text, const Parts& parts, double& value) noexcept {
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
  if (!parts.truncated && parts.mantissa <= kExact && parts.exponent >= -22 &&
      parts.exponent <= 22) {
    // Both factors are exact, so that one rounding gives the nearest double (Clinger 1990).
    const auto mantissa = static_cast<double>(parts.mantissa);
    value = parts.exponent < 0 ? mantissa / kPowers[static_cast<std::size_t>(-parts.exponent)]
                               : mantissa * kPowers[static_cast<std::size_t>(parts.exponent)];
    if (parts.negative) value = -value;
    return NumberError::none;
  }
  return to_float_slowly(text, parts, value);
}

}  // namespace

NumberError parse_number(std::string_view text, Kind kind, std::uint64_t& bits) noexcept {
  Parts parts;
  if (!take_apart(text, parts)) return NumberError::syntax;
  if (kind == Kind::float64) {
    double value = 0;
    const NumberError error = to_double(text, parts, value);
    bits = std::bit_cast<std::uint64_t>(value);
    return error;
  }
  if (kind == Kind::float32) {
    float value = 0;
    const NumberError error = to_float_slowly(text, parts, value);
    bits = std::bit_cast<std::uint32_t>(value);
    return error;
  }
  return to_integer(parts, kind, bits);
}

bool parse_non_finite(std::string_view text, Kind kind, std::uint64_t& bits) noexcept {
  double value = std::numeric_limits<double>::infinity();
  if (text == "NaN") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (text == "-Infinity") {
    value = -value;
  } else if (text != "Infinity") {
    return false;
  }
  if (kind == Kind::float64) {
    bits = std::bit_cast<std::uint64_t>(value);
  } else if (kind == Kind::float32) {
    bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  } else {
    return false;
  }
  return true;
}

std::string number_expectation(Kind kind) {
  switch (kind) {
    case Kind::uint32:
    case Kind::fixed32:
      return "must be a whole number from 0 to 4294967295";
    case Kind::uint64:
    case Kind::fixed64:
      return "must be a whole number from 0 to 18446744073709551615";
    case Kind::int32:
    case Kind::sint32:
    case Kind::sfixed32:
    case Kind::enumeration:
      return "must be a whole number from -2147483648 to 2147483647";
    case Kind::float32:
      return "must be a number of at most 3.4e38";
    case Kind::float64:
      return "must be a number of at most 1.7e308";
    default:
      return "must be a whole number from -9223372036854775808 to 9223372036854775807";
  }
}

void append_float(std::string& out, Kind kind, std::uint64_t bits) {
  char text[40];
  double value = 0;
  std::to_chars_result end{};
  if (kind == Kind::float32) {
    const auto single = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    value = single;
    end = std::to_chars(text, text + sizeof text, single);
  } else {
    value = std::bit_cast<double>(bits);
    end = std::to_chars(text, text + sizeof text, value);
  }
  if (std::isfinite(value)) {
    out.append(text, end.ptr);
  } else if (std::isnan(value)) {
    out += "\"NaN\"";
  } else {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  }
}

}  // namespace souk::schema
