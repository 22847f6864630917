#include "plugins/search/model/value_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "plugins/search/model/character_fold.hpp"

namespace souk::search {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_gap(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void fold_wide(std::string_view value, std::size_t& at, std::string& out) {
  const std::size_t begin = at;
  const char32_t character = decode_utf8(value, at);
  FoldedCharacter scratch;
  const FoldedCharacter& folded = fold_character(character, scratch);
  if (folded.kind == CharacterKind::kMark) return;
  if (character == 0xa0 || character == 0x3000 || (character >= 0x2000 && character <= 0x200a)) {
    if (!out.empty() && out.back() != ' ') out.push_back(' ');
  } else if (folded.kind == CharacterKind::kSeparator || folded.size == 0) {
    out.append(value.substr(begin, at - begin));
  } else {
    out.append(folded.text, folded.size);
  }
}

// Reads exactly `digits` digits at the front and takes them off; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Days since 1970-01-01 of the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible
// Low-Level Date Algorithms", days_from_civil).
std::int64_t days_of(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146097 + day_of_era - 719468;
}

int days_in(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// "Z", "+02:00", "" → seconds east of UTC.
std::optional<int> read_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const int hours = take_digits(text, 2);
  take(text, ':');
  const int minutes = text.empty() ? 0 : take_digits(text, 2);
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

std::optional<TimeSpan> read_time_of_day(double day, std::string_view text) {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  double seconds = 0;
  if (take(text, ':')) {
    const int whole = take_digits(text, 2);
    if (whole < 0 || whole > 60) return std::nullopt;
    seconds = whole;
    if (take(text, '.')) {
      double unit = 0.1;
      for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10) {
        seconds += unit * (text.front() - '0');
        text.remove_prefix(1);
      }
    }
  }
  const std::optional<int> zone = read_zone(text);
  if (!zone) return std::nullopt;
  const double moment = day + hour * 3600 + minute * 60 + seconds - *zone;
  return TimeSpan{moment, moment};
}

}  // namespace

void fold_value(std::string_view value, std::string& out) {
  const std::size_t begin = out.size();
  for (std::size_t at = 0; at < value.size();) {
    const char c = value[at];
    if (static_cast<unsigned char>(c) >= 0x80) {
      fold_wide(value, at, out);
      continue;
    }
    ++at;
    if (!is_gap(c))
      out.push_back(lower(c));
    else if (out.size() > begin && out.back() != ' ')
      out.push_back(' ');
  }
  while (out.size() > begin && out.back() == ' ')
    out.pop_back();
}

std::string folded_value(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  fold_value(value, out);
  return out;
}

std::string number_text(double number) {
  if (number == 0) return "0";  // and -0
  std::array<char, 64> text;
  const bool plain = std::abs(number) < 1e15 && std::abs(number) > 1e-9;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 plain ? std::chars_format::fixed : std::chars_format::general);
  return std::string(text.data(), end.ptr);
}

std::optional<double> read_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::optional<TimeSpan> read_time(std::string_view text) {
  const int year = take_digits(text, 4);
  if (year < 0 || !take(text, '-')) return std::nullopt;
  const int month = take_digits(text, 2);
  if (month < 1 || month > 12 || !take(text, '-')) return std::nullopt;
  const int day = take_digits(text, 2);
  if (day < 1 || day > days_in(year, month)) return std::nullopt;
  constexpr double kDayS = 86'400;
  const double begin = static_cast<double>(days_of(year, month, day)) * kDayS;
  if (text.empty()) return TimeSpan{begin, begin + kDayS - 1e-6};
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  return read_time_of_day(begin, text);
}

std::string tidy_path(std::string_view path) {
  std::string tidy;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('>'), path.size());
    std::string_view level = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    while (!level.empty() && is_gap(level.front()))
      level.remove_prefix(1);
    while (!level.empty() && is_gap(level.back()))
      level.remove_suffix(1);
    if (level.empty()) continue;
    if (!tidy.empty()) tidy += kPathSeparator;
    tidy += level;
  }
  return tidy;
}

unsigned path_depth(std::string_view tidy_path) {
  unsigned depth = 0;
  for (std::size_t at = tidy_path.find(kPathSeparator); at != std::string_view::npos;
       at = tidy_path.find(kPathSeparator, at + kPathSeparator.size()))
    ++depth;
  return depth;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace souk::search
