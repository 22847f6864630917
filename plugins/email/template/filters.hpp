// The filters: functions of a value and arguments, pure but for the memory they take from the
// arena.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/template/locale_format.hpp"
#include "plugins/email/template/template.hpp"
#include "plugins/email/template/value.hpp"

namespace souk::email::liquid {

struct NamedValue {
  std::string_view name;
  Value value;
};

/// What a filter may use. One rendering's.
struct FilterContext {
  ValueArena& arena;
  const RenderOptions& options;
  const LocaleFormat& locale;
  std::int64_t& steps;  // what is left of RenderLimits::steps
  std::string& buffer;  // scratch; every filter clears it first

  /// Pays for work on so many bytes or items.
  void charge(std::size_t size) const noexcept {
    steps -= 1 + static_cast<std::int64_t>(size / 64);
  }
  /// `buffer`, as a value in the arena.
  [[nodiscard]] Value made(bool html = false) const {
    const std::string_view kept = arena.copy(buffer);
    return html ? Value::html(kept) : Value::text(kept);
  }
};

struct FilterArguments {
  std::span<const Value> values;
  std::span<const NamedValue> named;

  /// nil when there are fewer.
  [[nodiscard]] Value at(std::size_t index) const noexcept {
    return index < values.size() ? values[index] : Value();
  }
  [[nodiscard]] Value get(std::string_view name) const noexcept {
    for (const NamedValue& each : named)
      if (each.name == name) return each.value;
    return {};
  }
};

using FilterFunction = Value (*)(const FilterContext&, const Value&, const FilterArguments&);

struct FilterInfo {
  std::string_view name;
  FilterFunction function = nullptr;
  std::uint8_t min_arguments = 0;
  std::uint8_t max_arguments = 0;
  bool takes_named = false;
  /// The result has the items (or is an item) of the input: what is known of its members holds.
  bool keeps_shape = false;
};

/// Null when there is none.
[[nodiscard]] const FilterInfo* find_filter(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string_view> filter_names();

std::span<const FilterInfo> text_filters() noexcept;
std::span<const FilterInfo> markup_filters() noexcept;
std::span<const FilterInfo> list_filters() noexcept;
std::span<const FilterInfo> number_filters() noexcept;
std::span<const FilterInfo> locale_filters() noexcept;

/// A value as text: what output shows, unescaped. Views the value's own text, else uses `buffer`.
[[nodiscard]] std::string_view shown_text(const Value& value, std::string& buffer);
/// Appends `text` with & < > " ' as entities.
void append_escaped(std::string_view text, std::string& out);

/// Liquid's ==, for numbers of both kinds, texts, booleans, nil, lists of such.
[[nodiscard]] bool same_value(const Value& a, const Value& b, int depth = 0) noexcept;
/// -1, 0, 1; 2 when the two can't be ordered.
[[nodiscard]] int value_order(const Value& a, const Value& b) noexcept;
/// The member, or `size`, `first`, `last` of what has them.
[[nodiscard]] Value member_of(const Value& value, const Key& key) noexcept;

}  // namespace souk::email::liquid
