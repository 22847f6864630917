#include "kernel/schema/validate_wire.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernel/schema/cross_checks.hpp"
#include "kernel/schema/json_reader.hpp"
#include "kernel/schema/json_tokens.hpp"
#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/wire_time.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

constexpr std::size_t kWords = 8;  // PoolLimits::max_fields is at most 512

class WireChecker {
 public:
  explicit WireChecker(const WireCheckOptions& options) : options_(options) {}

  bool message(const MessageTable& table, std::string_view wire, unsigned depth);
  [[nodiscard]] Status status() const { return failure_.status(); }

 private:
  bool field(const Field& field, WireType type, WireReader& reader, unsigned depth);
  bool bytes(const Field& field, std::string_view view, unsigned depth);
  bool money(const Field& field, std::string_view view);
  bool packed(const Field& field, std::string_view view);
  bool number(const Field& field, std::uint64_t bits);
  bool well_known(const MessageTable& table, std::string_view wire);
  bool finish(const MessageTable& table, std::string_view wire, unsigned depth,
              const std::uint64_t* filled);
  bool counts(const MessageTable& table, std::string_view wire);
  bool fail(std::string_view what) {
    failure_.message = what;
    failure_.path.clear();
    return false;
  }
  bool fail_at(const Field& field, std::string_view wire, const char* at);

  const WireCheckOptions& options_;
  Failure failure_;
  bool content_ = false;  // the field just checked has something in it: what `required` asks for
};

/// How many elements of a list an occurrence brings.
std::size_t elements(const Field& field, WireType type, std::string_view view) {
  if (type != WireType::length || field.wire() == WireType::length) return 1;
  if (field.wire() == WireType::fixed64) return view.size() / 8;
  if (field.wire() == WireType::fixed32) return view.size() / 4;
  return static_cast<std::size_t>(
      std::count_if(view.begin(), view.end(), [](char c) { return (c & 0x80) == 0; }));
}

/// Elements of the field in a well-formed part of a message.
std::size_t count_of(const Field& field, std::string_view wire) {
  std::size_t count = 0;
  WireReader reader(wire);
  while (!reader.done()) {
    std::uint32_t number = 0;
    WireType type{};
    std::string_view view;
    if (!reader.tag(number, type)) break;
    const bool good = type == WireType::length ? reader.bytes(view) : reader.skip(type);
    if (!good) break;
    if (number == field.number) count += elements(field, type, view);
  }
  return count;
}

bool WireChecker::fail_at(const Field& field, std::string_view wire, const char* at) {
  if (field.repeated && !field.map) {
    failure_.prepend(count_of(field, wire.substr(0, static_cast<std::size_t>(at - wire.data()))));
  }
  failure_.prepend(field.json_name);
  return false;
}

bool WireChecker::message(const MessageTable& table, std::string_view wire, unsigned depth) {
  if (depth > options_.limits.max_depth) {
    return fail("is nested too deeply; at most " + std::to_string(options_.limits.max_depth) +
                " messages may stand inside one another");
  }
  if (table.well_known == WellKnown::timestamp || table.well_known == WellKnown::duration) {
    return well_known(table, wire);
  }
  std::uint64_t filled[kWords];
  const std::size_t words = table.fields.size() / 64 + 1;
  for (std::size_t i = 0; i < words && i < kWords; ++i)
    filled[i] = 0;
  std::size_t repeated = 0;
  WireReader reader(wire);
  while (!reader.done()) {
    const char* const begin = reader.position();
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type)) return fail("is malformed: a tag of " + table.full_name);
    const Field* const met = table.find(number);
    if (met == nullptr) {
      if (!reader.skip(type)) return fail("is malformed: an unknown field is cut off");
      continue;
    }
    if (!field(*met, type, reader, depth)) return fail_at(*met, wire, begin);
    if (content_) filled[met->index >> 6] |= std::uint64_t{1} << (met->index & 63);
    repeated += met->repeated ? 1 : 0;
  }
  if (repeated > 0 && !counts(table, wire)) return false;
  return !options_.check_rules || finish(table, wire, depth, filled);
}

bool WireChecker::field(const Field& field, WireType type, WireReader& reader, unsigned depth) {
  if (type == field.wire()) [[likely]] {
    if (type == WireType::length) {
      std::string_view view;
      if (!reader.bytes(view)) return fail("is cut off");
      if (!bytes(field, view, depth)) return false;
      content_ = !view.empty() || field.kind == Kind::message;
      return true;
    }
    std::uint64_t bits = 0;
    if (!reader.number(type, bits)) return fail("is cut off");
    content_ = field.kind != Kind::enumeration || bits != 0 || field.has_presence;
    return number(field, bits);
  }
  if (field.repeated && type == WireType::length) {
    std::string_view view;
    if (!reader.bytes(view)) return fail("is cut off");
    content_ = !view.empty();
    return packed(field, view);
  }
  return fail("has the wrong wire type for " + std::string(kind_in_words(field.kind)));
}

bool WireChecker::bytes(const Field& field, std::string_view view, unsigned depth) {
  if (field.kind == Kind::message) {
    return message(*field.message, view, depth + 1) && money(field, view);
  }
  if (field.kind == Kind::string && !valid_utf8(view)) return fail("is not UTF-8");
  if (field.rules == nullptr || !options_.check_rules || !field.rules->limits_strings())
    return true;
  // An empty string without presence is an absent one.
  if (view.empty() && !field.keep_zero && !field.repeated) return true;
  std::string error;
  return check_string(*field.rules, view, error) || fail(error);
}

bool WireChecker::money(const Field& field, std::string_view view) {
  if (field.rules == nullptr || !options_.check_rules || !field.rules->limits_numbers()) {
    return true;
  }
  std::string error;
  if (check_money(field, view, error)) return true;
  fail(error);
  failure_.prepend(kMoneyAmount);
  return false;
}

bool WireChecker::packed(const Field& field, std::string_view view) {
  WireReader reader(view);
  while (!reader.done()) {
    std::uint64_t bits = 0;
    if (!reader.number(field.wire(), bits)) return fail("is cut off");
    if (!number(field, bits)) return false;
  }
  return true;
}

bool WireChecker::number(const Field& field, std::uint64_t bits) {
  if (options_.finite_numbers && (field.kind == Kind::float64 || field.kind == Kind::float32) &&
      !std::isfinite(number_value(field.kind, bits))) {
    return fail("must be a finite number");
  }
  if (field.rules == nullptr || !options_.check_rules) return true;
  // A zero without presence is an absent value.
  if (bits == 0 && !field.keep_zero && !field.repeated) return true;
  std::string error;
  return check_bits(field, bits, error) || fail(error);
}

bool WireChecker::well_known(const MessageTable& table, std::string_view wire) {
  SecondsNanos value;
  if (const char* const wrong = read_seconds_nanos(wire, value)) return fail(wrong);
  const bool good =
      table.well_known == WellKnown::timestamp
          ? value.seconds >= kMinTimestampSeconds && value.seconds <= kMaxTimestampSeconds &&
                value.nanos >= 0 && value.nanos <= 999'999'999
          : std::abs(value.nanos) <= 999'999'999 && value.seconds >= -kMaxDurationSeconds &&
                value.seconds <= kMaxDurationSeconds &&
                (value.seconds == 0 || value.nanos == 0 ||
                 (value.seconds < 0) == (value.nanos < 0));
  return good || fail("is out of range");
}

bool WireChecker::counts(const MessageTable& table, std::string_view wire) {
  for (const Field& field : table.fields) {
    if (!field.repeated) continue;
    const bool ruled =
        field.rules != nullptr && field.rules->max_items != 0 && options_.check_rules;
    // An element has a byte at least: short messages need no counting.
    if (!ruled && wire.size() <= options_.limits.max_elements) continue;
    const std::size_t count = count_of(field, wire);
    std::string error;
    if (count > options_.limits.max_elements) {
      error = "has too many elements; at most " + std::to_string(options_.limits.max_elements) +
              " are allowed";
    } else if (ruled && !check_count(*field.rules, count, error)) {
    } else {
      continue;
    }
    fail(error);
    failure_.prepend(field.json_name);
    return false;
  }
  return true;
}

bool WireChecker::finish(const MessageTable& table, std::string_view wire, unsigned depth,
                         const std::uint64_t* filled) {
  if (options_.partial && depth == 1) return true;
  for (const std::uint16_t index : table.required) {
    const Field& field = table.fields[index];
    const bool is_filled = ((filled[index >> 6] >> (index & 63)) & 1) != 0;
    // A number without presence is not written when it is 0, and so cannot be missed.
    const bool silent = field.wire() != WireType::length && !field.has_presence &&
                        !field.repeated && field.kind != Kind::enumeration;
    if (is_filled || silent) continue;
    fail("is required");
    failure_.prepend(field.json_name);
    return false;
  }
  if (table.rules.cross_checks.empty()) return true;
  std::string error;
  return check_cross_fields(table, wire, error) || fail(error);
}

}  // namespace

Status validate_wire(const MessageTable& table, std::string_view wire,
                     const WireCheckOptions& options) {
  if (wire.size() > options.limits.max_bytes) {
    return {Code::invalid_argument, "has " + std::to_string(wire.size()) + " bytes; at most " +
                                        std::to_string(options.limits.max_bytes) + " are allowed"};
  }
  WireChecker checker(options);
  return checker.message(table, wire, 1) ? Status{} : checker.status();
}

}  // namespace souk::schema
