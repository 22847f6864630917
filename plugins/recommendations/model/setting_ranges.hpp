// What the models' settings have in common: each has a name and a range.
#pragma once

#include <string>

#include "souk/result.hpp"

namespace souk::recommendations {

/// INVALID_ARGUMENT with the first setting that is out of range as field, its value and what is
/// allowed. `for_each(settings, visit)` calls visit(name, value, low, high) for every setting; a
/// NaN is out of every range.
template <class Settings, class ForEach>
[[nodiscard]] Status first_out_of_range(const Settings& settings, ForEach&& for_each) {
  Status first;
  for_each(settings, [&](const char* name, const auto& value, auto low, auto high) {
    if (!first.ok() || (value >= low && value <= high)) return;
    first = Status(Code::invalid_argument,
                   std::string(name) + " is " + std::to_string(value) + ", allowed is " +
                       std::to_string(low) + " to " + std::to_string(high),
                   name);
  });
  return first;
}

/// The settings with every value brought into its range; a NaN becomes the lowest.
template <class Settings, class ForEach>
[[nodiscard]] Settings brought_into_range(Settings settings, ForEach&& for_each) {
  for_each(settings, [](const char*, auto& value, auto low, auto high) {
    if (!(value >= low)) value = low;
    if (value > high) value = high;
  });
  return settings;
}

}  // namespace souk::recommendations
