// What conditions may name of a subject.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "plugins/segmentation/model/subject.hpp"

namespace souk::segmentation {

/// What a value is; only equal types compare.
enum class Type : std::uint8_t { number, duration, text, truth };

/// A value as a function of time: `number` now, changing by `slope` a second, until `until_s` at
/// which it may jump. Durations are seconds. Texts are names.
struct Value {
  double number = 0;
  double slope = 0;
  std::uint32_t until_s = kForever;
  static constexpr std::uint32_t kForever = UINT32_MAX;
};

/// A field by its name.
struct Field {
  std::string_view name;
  Type type = Type::number;
  /// Deeds by which it may change.
  DeedSet changed_by = 0;
  bool predicted = false;
  std::string_view meaning;  ///< a phrase for documents and reasons
  Value (*read)(const Subject& subject, std::uint32_t now_s) = nullptr;
};

/// All fields, in order of their names.
[[nodiscard]] std::span<const Field> fields();
[[nodiscard]] const Field* field_named(std::string_view name);

}  // namespace souk::segmentation
