// Numbers as Liquid writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plugins/email/template/value.hpp"

namespace souk::email::liquid {

/// An integer in digits, another number in the shortest digits that mean it, with at least one
/// behind the point ("2.0"). Nothing for other kinds, infinities and not-a-number.
void append_number(const Value& value, std::string& out);

/// The number that a text starts with after spaces ("3.5 kg" is 3.5); nil when it starts with none.
[[nodiscard]] Value number_in_text(std::string_view text) noexcept;

/// A number, or the number in a text; nil otherwise.
[[nodiscard]] Value to_number(const Value& value) noexcept;

}  // namespace souk::email::liquid
