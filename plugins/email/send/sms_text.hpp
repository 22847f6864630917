// What a text message costs and where it goes: GSM 03.38 and UCS-2 lengths, telephone numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace souk::email {

struct SmsLength {
  bool unicode = false;      ///< a character is not in GSM's alphabet: UCS-2, 70 a segment
  std::size_t units = 0;     ///< septets, or 16-bit units
  std::size_t segments = 0;  ///< what the network counts and the sender pays
};

/// Of UTF-8 text. A message of one segment has 160 septets or 70 units, longer ones 153 or 67 a
/// segment; characters of two (€, emoji) are not cut in half.
[[nodiscard]] SmsLength sms_length(std::string_view text) noexcept;

/// "+43 (664) 123-45 67" → "+436641234567"; empty for what is no international number (E.164).
[[nodiscard]] std::string international_number(std::string_view text);

/// What a recipient's answer asks for.
enum class SmsWord : std::uint8_t { none, stop, start, help };
/// By the words that networks know, alone in the message, in any case.
[[nodiscard]] SmsWord sms_word_of(std::string_view text);

}  // namespace souk::email
