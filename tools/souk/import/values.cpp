#include "tools/souk/import/values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

namespace souk::cli {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSigns = {
    {{"€", "EUR"}, {"£", "GBP"}, {"¥", "JPY"}, {"$", ""}}};

/// Takes a code or a sign off either end; "$" alone names no currency.
std::string take_currency(std::string_view& text) {
  for (const auto& [sign, code] : kSigns) {
    if (text.starts_with(sign)) {
      text = trim(text.substr(sign.size()));
      return std::string(code);
    }
    if (text.ends_with(sign)) {
      text = trim(text.substr(0, text.size() - sign.size()));
      return std::string(code);
    }
  }
  const auto is_code = [](std::string_view part) {
    return part.size() == 3 && std::all_of(part.begin(), part.end(),
                                           [](unsigned char c) { return std::isalpha(c) != 0; });
  };
  std::string code;
  if (text.size() > 3 && is_code(text.substr(text.size() - 3))) {
    code = text.substr(text.size() - 3);
    text = trim(text.substr(0, text.size() - 3));
  } else if (text.size() > 3 && is_code(text.substr(0, 3))) {
    code = text.substr(0, 3);
    text = trim(text.substr(3));
  }
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return code;
}

/// Digits with one point: separators of thousands are left out. The mark that comes last is the
/// decimal one, unless three digits follow a lone comma.
std::optional<std::string> plain_number(std::string_view text) {
  const std::size_t point = text.rfind('.');
  const std::size_t comma = text.rfind(',');
  char decimal = '.';
  if (comma != std::string_view::npos) {
    const bool lone = text.find(',') == comma && point == std::string_view::npos;
    if (lone ? text.size() - comma - 1 != 3 : (point == std::string_view::npos || comma > point)) {
      decimal = ',';
    }
  }
  std::string plain;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || (c == '-' && plain.empty())) {
      plain.push_back(c);
    } else if (c == decimal) {
      if (plain.find('.') != std::string::npos) return std::nullopt;
      plain.push_back('.');
    } else if (c != '.' && c != ',' && c != ' ' && c != '\'') {
      return std::nullopt;
    }
  }
  if (plain.empty()) return std::nullopt;
  return plain;
}

bool take_number(std::string_view& text, std::size_t max_digits, int& value) {
  const std::size_t size = std::min(text.size(), max_digits);
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, value);
  if (error != std::errc{} || value < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

struct DateTime {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction_us = 0;
  int zone_minutes = 0;
};

bool parse_date(std::string_view& text, DateTime& at) {
  std::string_view rest = text;
  if (take_number(rest, 4, at.year) && take(rest, '-') && take_number(rest, 2, at.month) &&
      take(rest, '-') && take_number(rest, 2, at.day)) {
    text = rest;
    return at.year >= 1000;
  }
  rest = text;
  if (take_number(rest, 2, at.month) && take(rest, '/') && take_number(rest, 2, at.day) &&
      take(rest, '/') && take_number(rest, 4, at.year)) {
    text = rest;
    if (at.year < 100) at.year += 2000;
    return true;
  }
  return false;
}

bool parse_clock(std::string_view& text, DateTime& at) {
  if (!take_number(text, 2, at.hour) || !take(text, ':') || !take_number(text, 2, at.minute)) {
    return false;
  }
  if (!take(text, ':')) return true;
  if (!take_number(text, 2, at.second)) return false;
  if (!take(text, '.')) return true;
  std::int64_t unit = 100'000;
  for (; !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0; unit /= 10) {
    at.fraction_us += (text.front() - '0') * unit;
    text.remove_prefix(1);
  }
  return true;
}

bool parse_zone(std::string_view text, DateTime& at) {
  text = trim(text);
  if (text.empty() || text == "Z" || text == "z" || text == "UTC" || text == "GMT") return true;
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return false;
  text.remove_prefix(1);
  int hours = 0;
  int minutes = 0;
  if (!take_number(text, 2, hours)) return false;
  static_cast<void>(take(text, ':'));
  if (!text.empty() && !take_number(text, 2, minutes)) return false;
  at.zone_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
  return text.empty();
}

std::optional<std::int64_t> micros_of(const DateTime& at) {
  using namespace std::chrono;
  const year_month_day date{year{at.year}, month{static_cast<unsigned>(at.month)},
                            day{static_cast<unsigned>(at.day)}};
  if (!date.ok() || at.hour > 24 || at.minute > 59 || at.second > 60) return std::nullopt;
  const std::int64_t days = sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds =
      days * 86'400 + at.hour * 3'600 + (at.minute - at.zone_minutes) * 60 + at.second;
  return seconds * 1'000'000 + at.fraction_us;
}

std::optional<std::int64_t> time_from_number(double number) {
  constexpr double kRunningNumbers = 1e8;
  constexpr std::int64_t kYear2001Us = 978'307'200LL * 1'000'000;
  if (number < 0) return std::nullopt;
  if (number < kRunningNumbers) return kYear2001Us + static_cast<std::int64_t>(number * 1e6);
  if (number < 1e11) return static_cast<std::int64_t>(number * 1e6);
  if (number < 1e14) return static_cast<std::int64_t>(number * 1e3);
  if (number < 1e17) return static_cast<std::int64_t>(number);
  return std::nullopt;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

int currency_digits(std::string_view currency) noexcept {
  constexpr std::string_view kNone =
      "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
  constexpr std::string_view kThree = "BHD IQD JOD KWD LYD OMR TND";
  if (currency.size() != 3) return 2;
  if (kNone.find(currency) != std::string_view::npos) return 0;
  return kThree.find(currency) != std::string_view::npos ? 3 : 2;
}

std::optional<Price> parse_price(std::string_view text, std::string_view currency) {
  text = trim(text);
  Price price;
  price.currency = take_currency(text);
  const auto plain = plain_number(text);
  if (!plain) return std::nullopt;
  const auto number = parse_number(*plain);
  if (!number || std::abs(*number) > 1e12) return std::nullopt;
  const int digits = currency_digits(price.currency.empty() ? currency : price.currency);
  price.minor = std::llround(*number * std::pow(10.0, digits));
  return price;
}

std::optional<double> parse_number(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  if (const auto number = parse_number(text)) return time_from_number(*number);
  DateTime at;
  if (!parse_date(text, at)) return std::nullopt;
  if (!text.empty()) {
    if (text.front() != 'T' && text.front() != 't' && text.front() != ' ') return std::nullopt;
    text.remove_prefix(1);
    if (!parse_clock(text, at) || !parse_zone(text, at)) return std::nullopt;
  }
  return micros_of(at);
}

std::optional<bool> parse_bool(std::string_view text) {
  const std::string word = to_lower(trim(text));
  for (const char* yes : {"true", "yes", "y", "1", "active", "published", "visible", "in stock",
                          "in_stock", "instock"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"false", "no", "n", "0", "-1", "draft", "archived", "hidden",
                         "out of stock", "out_of_stock", "outofstock"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

}  // namespace souk::cli
