#include "tools/simulate/json_text.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include "tools/simulate/season.hpp"
#include "tools/simulate/settings.hpp"

namespace souk::simulate {

void JsonText::separate() {
  if (comma_) text_.push_back(',');
  comma_ = true;
}

void JsonText::open(char bracket) {
  separate();
  text_.push_back(bracket);
  comma_ = false;
}

void JsonText::close(char bracket) {
  text_.push_back(bracket);
  comma_ = true;
}

void JsonText::key(std::string_view name) {
  separate();
  text_.push_back('"');
  text_.append(name);
  text_.append("\":");
  comma_ = false;
}

void JsonText::string(std::string_view value) {
  separate();
  text_.push_back('"');
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_.push_back('\\');
      text_.push_back(c);
    } else if (byte < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      text_.append("\\u00");
      text_.push_back(kHex[byte >> 4]);
      text_.push_back(kHex[byte & 15]);
    } else {
      text_.push_back(c);
    }
  }
  text_.push_back('"');
}

void JsonText::integer(std::int64_t value) {
  separate();
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  text_.append(buffer, end);
}

void JsonText::boolean(std::string_view name, bool value) {
  key(name);
  separate();
  text_.append(value ? "true" : "false");
}

void JsonText::digits(std::uint64_t value, int width) {
  char buffer[24];
  for (int i = width - 1; i >= 0; --i) {
    buffer[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  text_.append(buffer, static_cast<std::size_t>(width));
}

void JsonText::decimal(double value, int decimals) {
  std::int64_t scale = 1;
  for (int i = 0; i < decimals; ++i)
    scale *= 10;
  const double scaled = std::floor(std::fabs(value) * static_cast<double>(scale) + 0.5);
  const auto whole = static_cast<std::int64_t>(scaled);
  separate();
  if (value < 0.0 && whole != 0) text_.push_back('-');
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), whole / scale).ptr;
  text_.append(buffer, end);
  if (decimals > 0) {
    text_.push_back('.');
    digits(static_cast<std::uint64_t>(whole % scale), decimals);
  }
}

void JsonText::money(std::string_view name, std::int64_t minor_units) {
  key(name);
  separate();
  if (minor_units < 0) text_.push_back('-');
  const std::int64_t amount = minor_units < 0 ? -minor_units : minor_units;
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), amount / 100).ptr;
  text_.append(buffer, end);
  text_.push_back('.');
  digits(static_cast<std::uint64_t>(amount % 100), 2);
}

void JsonText::time(std::string_view name, std::int64_t time_us) {
  key(name);
  separate();
  const std::int64_t day = (time_us >= 0 ? time_us : time_us - kDayUs + 1) / kDayUs;
  text_.push_back('"');
  if (day != cached_day_) {
    const Calendar date = calendar_of(time_us);
    const std::size_t start = text_.size();
    digits(static_cast<std::uint64_t>(date.year), 4);
    text_.push_back('-');
    digits(static_cast<std::uint64_t>(date.month), 2);
    text_.push_back('-');
    digits(static_cast<std::uint64_t>(date.day), 2);
    text_.push_back('T');
    std::memcpy(cached_date_, text_.data() + start, sizeof(cached_date_));
    cached_day_ = day;
  } else {
    text_.append(cached_date_, sizeof(cached_date_));
  }
  const auto ms = static_cast<std::uint64_t>((time_us - day * kDayUs) / 1000);
  digits(ms / 3'600'000, 2);
  text_.push_back(':');
  digits(ms / 60'000 % 60, 2);
  text_.push_back(':');
  digits(ms / 1000 % 60, 2);
  text_.push_back('.');
  digits(ms % 1000, 3);
  text_.append("Z\"");
}

}  // namespace souk::simulate
