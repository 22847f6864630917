// Texts by locale and key, for the filter `t`.
//
// A file is JSON, nested as the writer likes; keys are joined by dots. A text may hold `{{ name
// }}`, filled from the filter's arguments; a map with the plural categories of CLDR ("one",
// "other", …) is chosen from by the argument `count`. A key that ends with `_html` holds HTML: the
// text is shown as it is, the arguments are escaped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "souk/result.hpp"

namespace souk::email {

/// One text, cut at its arguments: literals_[0] argument_[0] literals_[1] …
struct Translation {
  std::vector<std::string> literals;
  std::vector<std::string> arguments;
  bool html = false;
};

/// Built by one thread, then read by any.
class Translations {
 public:
  /// Adds a file's texts; a key that is there already is replaced, so that a shop's own texts come
  /// after the defaults. INVALID_ARGUMENT with line and column, or with the key, when it is no such
  /// file.
  [[nodiscard]] Status add(std::string_view locale, std::string_view json);

  /// The text of "de-AT", else of "de", else of English; null when there is none. `plural` is the
  /// category to prefer ("one"), empty for texts without.
  [[nodiscard]] const Translation* find(std::string_view locale, std::string_view key,
                                        std::string_view plural) const noexcept;
  /// Whether any locale has it, with or without plural forms.
  [[nodiscard]] bool has(std::string_view key) const noexcept;
  [[nodiscard]] std::vector<std::string_view> keys() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Texts = std::unordered_map<std::string, Translation, Hash, std::equal_to<>>;

  std::unordered_map<std::string, Texts, Hash, std::equal_to<>> locales_;
};

/// The plural category of `count` in a locale's language (CLDR's cardinal rules for integers).
[[nodiscard]] std::string_view plural_category(std::string_view locale,
                                               std::int64_t count) noexcept;

}  // namespace souk::email
