// UTF-8, as far as templates need it: letters are counted and cut whole, case is changed in the
// scripts of the translations (Latin, Greek, Cyrillic).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace souk::email::liquid {

/// Appends U+FFFD for what is no code point.
void append_utf8(std::uint32_t code, std::string& out);

/// Bytes of the letter that starts `text`; a byte that is no UTF-8 is a letter of its own. 0 when
/// `text` is empty.
[[nodiscard]] std::size_t letter_bytes(std::string_view text) noexcept;
/// The code point of the first letter; U+FFFD when it is none.
[[nodiscard]] std::uint32_t letter_code(std::string_view text) noexcept;
[[nodiscard]] std::size_t count_letters(std::string_view text) noexcept;
/// The first `letters` of `text`.
[[nodiscard]] std::string_view first_letters(std::string_view text, std::size_t letters) noexcept;

[[nodiscard]] std::uint32_t upper_code(std::uint32_t code) noexcept;
[[nodiscard]] std::uint32_t lower_code(std::uint32_t code) noexcept;

}  // namespace souk::email::liquid
