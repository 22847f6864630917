// Values of attributes as people and programs write them: folded for comparison, numbers and times
// as text and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace souk::search {

/// As values are compared when case and accents do not matter: "Café Noir" → "cafe noir".
/// Punctuation stays, spaces at either end go and runs of them are one. Appends to `out`.
void fold_value(std::string_view value, std::string& out);
[[nodiscard]] std::string folded_value(std::string_view value);

/// The shortest decimal text that reads back as the number, never with an exponent below 10^15:
/// "10", "19.99", "-0.5".
[[nodiscard]] std::string number_text(double number);

/// The whole of `text` as a decimal number; no spaces, no infinity, no NaN.
[[nodiscard]] std::optional<double> read_number(std::string_view text);

/// A moment or a day, as [first, last] seconds since 1970 UTC, both included; a moment has first ==
/// last. Reads YYYY-MM-DD, and YYYY-MM-DD(T| )HH:MM[:SS[.fraction]][Z|±HH:MM]; without zone it is
/// UTC.
struct TimeSpan {
  double first = 0;
  double last = 0;
};
[[nodiscard]] std::optional<TimeSpan> read_time(std::string_view text);

/// The path as it is stored: "A>B  > C" → "A > B > C". Empty levels go.
[[nodiscard]] std::string tidy_path(std::string_view path);
/// Levels of a tidy path below its first: "A" has none, "A > B" one.
[[nodiscard]] unsigned path_depth(std::string_view tidy_path);
inline constexpr std::string_view kPathSeparator = " > ";

/// Is `a` the same as `b` but for the case of ASCII letters?
[[nodiscard]] bool same_letters(std::string_view a, std::string_view b);

}  // namespace souk::search
