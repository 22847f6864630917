// The wording of error messages: quoting values, listing names, guessing what was meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace souk::schema {

/// 'value', shortened to 60 bytes at a character's boundary, control characters as '?'.
[[nodiscard]] std::string quote(std::string_view value);

/// "a, b, c", at most 20 of them, then "and 3 more".
[[nodiscard]] std::string join_names(const std::vector<std::string_view>& names);

/// The candidate nearest to `name` when it is near enough to be a slip, else empty.
[[nodiscard]] std::string_view did_you_mean(std::string_view name,
                                            const std::vector<std::string_view>& candidates);

}  // namespace souk::schema
