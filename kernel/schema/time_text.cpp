#include "kernel/schema/time_text.hpp"

#include <cstdio>
#include <cstdlib>

namespace souk::schema {

namespace {

bool is_digit_of_time(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }

/// Reads exactly `count` digits.
bool digits(const char*& at, const char* end, int count, std::int64_t& value) noexcept {
  if (end - at < count) return false;
  value = 0;
  for (int i = 0; i < count; ++i, ++at) {
    if (!is_digit_of_time(*at)) return false;
    value = value * 10 + (*at - '0');
  }
  return true;
}

bool literal(const char*& at, const char* end, char c) noexcept {
  if (at == end || *at != c) return false;
  ++at;
  return true;
}

/// ".123" → nanoseconds; nothing when there is no dot. At most nine digits.
bool fraction(const char*& at, const char* end, std::int32_t& nanos) noexcept {
  nanos = 0;
  if (at == end || *at != '.') return true;
  ++at;
  std::int32_t unit = 100'000'000;
  const char* const first = at;
  for (; at != end && is_digit_of_time(*at); ++at, unit /= 10) {
    if (unit == 0) return false;
    nanos += (*at - '0') * unit;
  }
  return at != first;
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible
/// low-level date algorithms").
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Civil {
  std::int64_t year, month, day;
};

Civil civil_from_days(std::int64_t days) noexcept {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted + (shifted < 10 ? 3 : -9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted + 2) / 5 + 1};
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) noexcept {
  constexpr std::int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

/// "Z", "+02:00" → seconds to subtract.
bool offset(const char*& at, const char* end, std::int64_t& seconds) noexcept {
  seconds = 0;
  if (at == end) return false;
  const char sign = *at++;
  if (sign == 'Z' || sign == 'z') return true;
  if (sign != '+' && sign != '-') return false;
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  if (!digits(at, end, 2, hours) || !literal(at, end, ':') || !digits(at, end, 2, minutes)) {
    return false;
  }
  if (hours > 23 || minutes > 59) return false;
  seconds = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
  return true;
}

void append_fraction(std::string& out, std::int32_t nanos) {
  if (nanos == 0) return;
  char text[16];
  if (nanos % 1'000'000 == 0) {
    std::snprintf(text, sizeof text, ".%03d", nanos / 1'000'000);
  } else if (nanos % 1000 == 0) {
    std::snprintf(text, sizeof text, ".%06d", nanos / 1000);
  } else {
    std::snprintf(text, sizeof text, ".%09d", nanos);
  }
  out += text;
}

void put_two(char* at, std::int64_t value) noexcept {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

bool parse_timestamp(std::string_view text, SecondsNanos& value) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, shift = 0;
  if (!digits(at, end, 4, year) || !literal(at, end, '-') || !digits(at, end, 2, month) ||
      !literal(at, end, '-') || !digits(at, end, 2, day)) {
    return false;
  }
  if (at == end || (*at != 'T' && *at != 't')) return false;
  ++at;
  if (!digits(at, end, 2, hour) || !literal(at, end, ':') || !digits(at, end, 2, minute) ||
      !literal(at, end, ':') || !digits(at, end, 2, second) || !fraction(at, end, value.nanos) ||
      !offset(at, end, shift) || at != end) {
    return false;
  }
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
      hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  value.seconds =
      days_from_civil(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second - shift;
  return value.seconds >= kMinTimestampSeconds && value.seconds <= kMaxTimestampSeconds;
}

bool append_timestamp(std::string& out, SecondsNanos value) {
  if (value.seconds < kMinTimestampSeconds || value.seconds > kMaxTimestampSeconds ||
      value.nanos < 0 || value.nanos > 999'999'999) {
    return false;
  }
  std::int64_t days = value.seconds / 86'400;
  std::int64_t left = value.seconds % 86'400;
  if (left < 0) {
    left += 86'400;
    --days;
  }
  const Civil date = civil_from_days(days);
  char text[20] = "0000-00-00T00:00:00";
  put_two(text, date.year / 100);
  put_two(text + 2, date.year % 100);
  put_two(text + 5, date.month);
  put_two(text + 8, date.day);
  put_two(text + 11, left / 3600);
  put_two(text + 14, left / 60 % 60);
  put_two(text + 17, left % 60);
  out.append(text, 19);
  append_fraction(out, value.nanos);
  out += 'Z';
  return true;
}

bool parse_duration(std::string_view text, SecondsNanos& value) noexcept {
  if (text.size() < 2 || text.back() != 's') return false;
  const char* at = text.data();
  const char* const end = at + text.size() - 1;
  const bool negative = literal(at, end, '-');
  const char* const first = at;
  std::int64_t seconds = 0;
  for (; at != end && is_digit_of_time(*at); ++at) {
    seconds = seconds * 10 + (*at - '0');
    if (seconds > kMaxDurationSeconds) return false;
  }
  std::int32_t nanos = 0;
  if (at == first || !fraction(at, end, nanos) || at != end) return false;
  if (seconds == kMaxDurationSeconds && nanos != 0) return false;
  value = negative ? SecondsNanos{-seconds, -nanos} : SecondsNanos{seconds, nanos};
  return true;
}

bool append_duration(std::string& out, SecondsNanos value) {
  if (value.seconds < -kMaxDurationSeconds || value.seconds > kMaxDurationSeconds ||
      value.nanos < -999'999'999 || value.nanos > 999'999'999 ||
      (value.seconds < 0 && value.nanos > 0) || (value.seconds > 0 && value.nanos < 0)) {
    return false;
  }
  if (value.seconds < 0 || value.nanos < 0) out += '-';
  out += std::to_string(std::llabs(value.seconds));
  append_fraction(out, std::abs(value.nanos));
  out += 's';
  return true;
}

}  // namespace souk::schema
