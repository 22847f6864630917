// Quantities: a number and a unit mean the same however they are written ("1 l", "1000ml", "1,000
// ml", "1L"). Each becomes one canonical word, "#1000ml", beside the words as written.
#pragma once

#include <string>
#include <string_view>

namespace souk::search {

/// The number that `text` writes: digits with "." and "," as decimal or thousands separators
/// ("1,000" and "1.000" are thousand, "15.6" and "15,6" are 15.6). False when it is none, or over
/// 15 digits.
bool parse_quantity(std::string_view text, double& value);

/// Is the folded word `unit` a unit that can follow a number?
bool is_unit(std::string_view unit);

/// Writes the canonical word of `value` `unit` to `out`: "#" number base-unit, decimals at most
/// two. False (out is left alone) when `unit` is none.
bool canonical_quantity(double value, std::string_view unit, std::string& out);

}  // namespace souk::search
