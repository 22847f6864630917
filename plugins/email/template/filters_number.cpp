// Arithmetic. Integers stay integers; what no longer fits 64 bits goes on as a floating-point
// number.
#include <algorithm>
#include <cmath>

#include "plugins/email/template/filters.hpp"
#include "plugins/email/template/numbers.hpp"

namespace souk::email::liquid {
namespace {

using NumberKind = Value::Kind;

/// nil counts as zero: a sum over data with gaps goes on.
Value number_or_zero(const Value& value) noexcept {
  const Value number = to_number(value);
  return number.is_nil() ? Value::integer(0) : number;
}

bool are_integers(const Value& a, const Value& b) noexcept {
  return a.kind() == NumberKind::integer && b.kind() == NumberKind::integer;
}

Value plus_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value a = number_or_zero(in);
  const Value b = number_or_zero(args.at(0));
  std::int64_t sum = 0;
  if (are_integers(a, b) && !__builtin_add_overflow(a.as_integer(), b.as_integer(), &sum))
    return Value::integer(sum);
  return Value::number(a.as_number() + b.as_number());
}

Value minus_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value a = number_or_zero(in);
  const Value b = number_or_zero(args.at(0));
  std::int64_t difference = 0;
  if (are_integers(a, b) && !__builtin_sub_overflow(a.as_integer(), b.as_integer(), &difference))
    return Value::integer(difference);
  return Value::number(a.as_number() - b.as_number());
}

Value times_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value a = number_or_zero(in);
  const Value b = number_or_zero(args.at(0));
  std::int64_t product = 0;
  if (are_integers(a, b) && !__builtin_mul_overflow(a.as_integer(), b.as_integer(), &product))
    return Value::integer(product);
  return Value::number(a.as_number() * b.as_number());
}

/// Towards minus infinity, as Liquid's (Ruby's) division of integers.
Value divided_by_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value a = number_or_zero(in);
  const Value b = number_or_zero(args.at(0));
  if (b.as_number() == 0) return {};
  if (!are_integers(a, b) || b.as_integer() == -1) {
    if (are_integers(a, b) && a.as_integer() != INT64_MIN) return Value::integer(-a.as_integer());
    return Value::number(a.as_number() / b.as_number());
  }
  std::int64_t quotient = a.as_integer() / b.as_integer();
  if (a.as_integer() % b.as_integer() != 0 && (a.as_integer() < 0) != (b.as_integer() < 0))
    --quotient;
  return Value::integer(quotient);
}

/// With the sign of the divisor.
Value modulo_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value a = number_or_zero(in);
  const Value b = number_or_zero(args.at(0));
  if (b.as_number() == 0) return {};
  if (!are_integers(a, b)) {
    const double rest = std::fmod(a.as_number(), b.as_number());
    const bool adjust = rest != 0 && (rest < 0) != (b.as_number() < 0);
    return Value::number(adjust ? rest + b.as_number() : rest);
  }
  if (b.as_integer() == -1) return Value::integer(0);
  const std::int64_t rest = a.as_integer() % b.as_integer();
  const bool adjust = rest != 0 && (rest < 0) != (b.as_integer() < 0);
  return Value::integer(adjust ? rest + b.as_integer() : rest);
}

Value whole_number(double number) noexcept {
  if (std::fabs(number) < 9.2e18) return Value::integer(static_cast<std::int64_t>(number));
  return Value::number(number);
}

Value round_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value number = number_or_zero(in);
  const std::int64_t digits = std::clamp<std::int64_t>(to_number(args.at(0)).as_integer(), 0, 15);
  if (number.kind() == NumberKind::integer) return number;
  if (digits == 0) return whole_number(std::round(number.as_number()));
  const double scale = std::pow(10.0, static_cast<double>(digits));
  // A hair upwards, so that 1.005, which is stored a hair lower, rounds as it is read.
  const double scaled = number.as_number() * scale;
  return Value::number(std::round(scaled + std::copysign(std::fabs(scaled) * 1e-15, scaled)) /
                       scale);
}

Value ceil_filter(const FilterContext&, const Value& in, const FilterArguments&) {
  const Value number = number_or_zero(in);
  if (number.kind() == NumberKind::integer) return number;
  return whole_number(std::ceil(number.as_number()));
}

Value floor_filter(const FilterContext&, const Value& in, const FilterArguments&) {
  const Value number = number_or_zero(in);
  if (number.kind() == NumberKind::integer) return number;
  return whole_number(std::floor(number.as_number()));
}

Value abs_filter(const FilterContext&, const Value& in, const FilterArguments&) {
  const Value number = number_or_zero(in);
  if (number.kind() == NumberKind::integer && number.as_integer() != INT64_MIN)
    return Value::integer(std::abs(number.as_integer()));
  return Value::number(std::fabs(number.as_number()));
}

Value at_least_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value a = number_or_zero(in);
  const Value b = number_or_zero(args.at(0));
  return value_order(a, b) < 0 ? b : a;
}

Value at_most_filter(const FilterContext&, const Value& in, const FilterArguments& args) {
  const Value a = number_or_zero(in);
  const Value b = number_or_zero(args.at(0));
  return value_order(a, b) == 1 ? b : a;
}

constexpr FilterInfo kNumberFilters[] = {
    {"plus", plus_filter, 1, 1},       {"minus", minus_filter, 1, 1},
    {"times", times_filter, 1, 1},     {"divided_by", divided_by_filter, 1, 1},
    {"modulo", modulo_filter, 1, 1},   {"round", round_filter, 0, 1},
    {"ceil", ceil_filter, 0, 0},       {"floor", floor_filter, 0, 0},
    {"abs", abs_filter, 0, 0},         {"at_least", at_least_filter, 1, 1},
    {"at_most", at_most_filter, 1, 1},
};

}  // namespace

std::span<const FilterInfo> number_filters() noexcept { return kNumberFilters; }

}  // namespace souk::email::liquid
