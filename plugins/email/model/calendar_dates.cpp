#include "plugins/email/model/calendar_dates.hpp"

#include <algorithm>
#include <array>

namespace souk::email {
namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::array<std::uint8_t, 12> kDaysOfMonth{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool is_leap(std::int64_t year) noexcept {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/// Days from 1970-01-01, for years after it.
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) noexcept {
  const std::int64_t before = year - 1;
  std::int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719'162;
  for (unsigned i = 1; i < month; ++i)
    days += i == 2 && !is_leap(year) ? 28 : kDaysOfMonth[i - 1];
  const unsigned last = month == 2 && !is_leap(year) ? 28 : kDaysOfMonth[month - 1];
  return days + std::min(day, last) - 1;
}

/// Two digits; -1 for anything else.
int pair_of(std::string_view text) noexcept {
  if (text.size() < 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
    return -1;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

}  // namespace

YearlyDate yearly_date(std::string_view text) noexcept {
  text = text.substr(0, text.find_first_of("T "));
  if (text.size() == 10 && text[4] == '-') {
    if (pair_of(text) < 0 || pair_of(text.substr(2)) < 0) return {};
    text.remove_prefix(5);
  } else if (text.size() == 7 && text.starts_with("--")) {
    text.remove_prefix(2);
  }
  if (text.size() != 5 || text[2] != '-') return {};
  const int month = pair_of(text);
  const int day = pair_of(text.substr(3));
  if (month < 1 || month > 12 || day < 1) return {};
  if (day > kDaysOfMonth[static_cast<std::size_t>(month - 1)]) return {};
  return {static_cast<std::uint8_t>(month), static_cast<std::uint8_t>(day)};
}

std::int64_t next_of(YearlyDate date, std::uint16_t minute, int days_before, const TimeZone& zone,
                     std::int64_t utc_s) noexcept {
  // A date early in the year less many days lies in the year before, and the other way round.
  const std::int64_t first = 1970 + utc_s / (366 * kDayS) - 1;
  for (std::int64_t year = std::max<std::int64_t>(first, 1970);; ++year) {
    const std::int64_t day = days_of(year, date.month, date.day) - days_before;
    const std::int64_t local = day * kDayS + minute * 60;
    std::int64_t at = local - zone.at(local).seconds;
    at = local - zone.at(at).seconds;
    if (at > utc_s) return at;
  }
}

}  // namespace souk::email
