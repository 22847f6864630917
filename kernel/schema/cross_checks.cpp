#include "kernel/schema/cross_checks.hpp"

#include <optional>

#include "kernel/schema/wire.hpp"

namespace souk::schema {

namespace {

/// The last value of the field; its default when it is absent and has one.
std::optional<double> value_of(const Field& field, std::string_view wire) {
  if (wire.empty()) return std::nullopt;
  std::optional<double> found;
  WireReader reader(wire);
  std::uint32_t number = 0;
  WireType type{};
  while (!reader.done() && reader.tag(number, type)) {
    std::uint64_t bits = 0;
    if (number == field.number && type == field.wire()) {
      if (!reader.number(type, bits)) break;
      found = number_value(field.kind, bits);
    } else if (!reader.skip(type)) {
      break;
    }
  }
  return found;
}

std::optional<double> value_or_default(const Field& field, std::string_view wire) {
  const auto given = value_of(field, wire);
  if (given || field.rules == nullptr) return given;
  return value_of(field, field.rules->default_wire);
}

bool holds(double left, CrossCheck::Op op, double right) noexcept {
  switch (op) {
    case CrossCheck::Op::le:
      return left <= right;
    case CrossCheck::Op::lt:
      return left < right;
    case CrossCheck::Op::ge:
      return left >= right;
    case CrossCheck::Op::gt:
      return left > right;
    case CrossCheck::Op::eq:
      return left == right;
    case CrossCheck::Op::ne:
      return left != right;
  }
  return false;
}

}  // namespace

bool check_cross_fields(const MessageTable& table, std::string_view wire, std::string& error) {
  for (const CrossCheck& check : table.rules.cross_checks) {
    const auto left = value_or_default(table.fields[check.left], wire);
    const auto right =
        check.right < 0
            ? std::optional<double>(check.number)
            : value_or_default(table.fields[static_cast<std::size_t>(check.right)], wire);
    if (!left || !right || holds(*left, check.op, *right)) continue;
    error += "does not hold: " + check.text;
    return false;
  }
  return true;
}

bool check_money(const Field& field, std::string_view wire, std::string& error) {
  const Field* const amount = field.message->find(kMoneyAmount);
  if (amount == nullptr) return true;
  return check_number(*field.rules, value_of(*amount, wire).value_or(0), error);
}

}  // namespace souk::schema
