#include "plugins/email/send/sms_text.hpp"

#include <algorithm>
#include <array>

namespace souk::email {
namespace {

constexpr std::uint32_t kNotUtf8 = 0xFFFD;

/// The character at the beginning, which is taken off.
std::uint32_t next_character(std::string_view& text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::uint32_t value = size == 1 ? first : first & (0xFFU >> (size + 1));
  if (text.size() < size || (first >= 0x80 && first < 0xC0)) {
    text.remove_prefix(1);
    return kNotUtf8;
  }
  for (std::size_t i = 1; i < size; ++i)
    value = value << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(size);
  return value;
}

/// Septets in GSM 03.38: 1, 2 for the extension table, 0 for what is in neither.
std::size_t septets_of(std::uint32_t c) noexcept {
  constexpr std::array<std::uint32_t, 31> kBeyondAscii{
      0xA3, 0xA5,  0xE8,  0xE9,  0xF9,  0xEC,  0xF2,  0xC7,  0xD8,  0xF8,  0xC5,
      0xE5, 0x394, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E,
      0xC6, 0xE6,  0xDF,  0xC9,  0xA4,  0xA1,  0xC4,  0xD6,  0xD1};
  constexpr std::array<std::uint32_t, 7> kMore{0xDC, 0xA7, 0xBF, 0xE4, 0xF6, 0xF1, 0xFC};
  constexpr std::string_view kExtension = "^{}\\[~]|\f";
  if (c == 0x20AC) return 2;
  if (c == 0xE0) return 1;
  if (c < 0x80) {
    const char ascii = static_cast<char>(c);
    if (kExtension.find(ascii) != std::string_view::npos) return 2;
    return c == '`' || (c < ' ' && c != '\n' && c != '\r') || c == 0x7F ? 0 : 1;
  }
  const bool known = std::find(kBeyondAscii.begin(), kBeyondAscii.end(), c) != kBeyondAscii.end() ||
                     std::find(kMore.begin(), kMore.end(), c) != kMore.end();
  return known ? 1 : 0;
}

/// Fills segments with characters of one or two units.
struct SegmentCount {
  std::size_t room;
  std::size_t used = 0;
  std::size_t segments = 1;
  void add(std::size_t units) noexcept {
    if (used + units > room) {
      ++segments;
      used = 0;
    }
    used += units;
  }
};

}  // namespace

SmsLength sms_length(std::string_view text) noexcept {
  SmsLength length;
  std::size_t septets = 0, units = 0;
  SegmentCount gsm{153}, ucs{67};
  while (!text.empty()) {
    const std::uint32_t c = next_character(text);
    const std::size_t septet = septets_of(c);
    const std::size_t unit = c > 0xFFFF ? 2 : 1;
    if (septet == 0) length.unicode = true;
    septets += septet;
    units += unit;
    gsm.add(septet);
    ucs.add(unit);
  }
  length.units = length.unicode ? units : septets;
  const std::size_t alone = length.unicode ? 70 : 160;
  length.segments = length.units <= alone ? 1 : (length.unicode ? ucs : gsm).segments;
  return length;
}

std::string international_number(std::string_view text) {
  std::string number;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (digit || (c == '+' && number.empty())) {
      number.push_back(c);
    } else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != '/' && c != '.') {
      return {};
    }
  }
  const bool sound =
      number.size() >= 8 && number.size() <= 16 && number[0] == '+' && number[1] != '0';
  return sound ? number : std::string();
}

SmsWord sms_word_of(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n.!\"'";
  const std::size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return SmsWord::none;
  // Two words are a sentence, and not for us.
  std::string word(text.substr(first, text.find_last_not_of(kAround) - first + 1));
  for (char& c : word)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  constexpr std::array<std::string_view, 8> kStop{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL",
                                                  "END",  "QUIT",    "STOPP",       "ARRET"};
  constexpr std::array<std::string_view, 3> kStart{"START", "UNSTOP", "YES"};
  constexpr std::array<std::string_view, 2> kHelp{"HELP", "INFO"};
  const auto is_one = [&](const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (is_one(kStop)) return SmsWord::stop;
  if (is_one(kStart)) return SmsWord::start;
  return is_one(kHelp) ? SmsWord::help : SmsWord::none;
}

}  // namespace souk::email
