// Numbers as text, by the grammar of JSON, into the exact bits that a field holds. Used inside this
// room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/schema/message_table.hpp"

namespace souk::schema {

enum class NumberError : std::uint8_t {
  none,
  syntax,      // not a JSON number
  range,       // does not fit the type
  fractional,  // an integer type and a value that is not whole
};

/// The wire bits of `text` as a number of `kind` (any numeric kind or enumeration): zigzag applied,
/// negative int32 sign-extended, floats as their bits. 1e3 and 5.0 are whole numbers.
NumberError parse_number(std::string_view text, Kind kind, std::uint64_t& bits) noexcept;

/// Value of the non-finite names "NaN", "Infinity", "-Infinity" for a float kind; false otherwise.
bool parse_non_finite(std::string_view text, Kind kind, std::uint64_t& bits) noexcept;

/// The sentence's rest for an error: "must be a whole number from 0 to 4294967295".
std::string number_expectation(Kind kind);

/// Appends the shortest text that reads back as the same value; non-finite values as the names
/// above, in quotes.
void append_float(std::string& out, Kind kind, std::uint64_t bits);

}  // namespace souk::schema
