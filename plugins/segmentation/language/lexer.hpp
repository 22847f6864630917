// The words of a condition.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plugins/segmentation/language/condition.hpp"

namespace souk::segmentation {

struct Token {
  enum class Kind : std::uint8_t { word, text, number, duration, sign, end };
  Kind kind = Kind::end;
  std::string text;         ///< of a word, a sign, or between quotes
  double number = 0;        ///< of a number, or of a duration in seconds
  std::uint32_t begin = 0;  ///< in bytes, from 0
  std::uint32_t end = 0;
};

/// Ends with one token of kind `end`.
[[nodiscard]] std::variant<std::vector<Token>, Fault> tokens_of(std::string_view text);

}  // namespace souk::segmentation
