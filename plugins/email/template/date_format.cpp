// strftime with the words of a locale.
#include <charconv>

#include "plugins/email/template/locale_format.hpp"
#include "plugins/email/template/utf8.hpp"

namespace souk::email::liquid {
namespace {

constexpr int kMaxStyleDepth = 2;

/// ISO 8601: the week that has the year's first Thursday is week 1.
void iso_week(const CivilTime& t, std::int64_t& year, std::int32_t& week) noexcept {
  const std::int32_t weekday = (t.weekday + 6) % 7;  // Monday is 0
  const auto is_leap = [](std::int64_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  const auto weeks_of = [&](std::int64_t y) {
    const std::int64_t days = days_from_civil(y, 1, 1);
    const auto first = static_cast<std::int32_t>(((days % 7) + 7 + 4) % 7);  // 0: Sunday
    return first == 4 || (first == 3 && is_leap(y)) ? 53 : 52;
  };
  year = t.year;
  week = (t.day_of_year - 1 - weekday + 10) / 7;
  if (week < 1) {
    --year;
    week = weeks_of(year);
  } else if (week > weeks_of(year)) {
    ++year;
    week = 1;
  }
}

class DateWriter {
 public:
  DateWriter(const CivilTime& time, std::int64_t utc_us, const LocaleFormat& locale,
             std::string& out)
      : time_(time), utc_us_(utc_us), locale_(locale), words_(locale.words()), out_(out) {}

  void write(std::string_view format, int depth) {
    for (std::size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%' || i + 1 >= format.size()) {
        out_ += format[i];
        continue;
      }
      const std::size_t start = i++;
      pad_ = 0;
      upper_ = false;
      for (;
           i < format.size() && std::string_view("-_0^").find(format[i]) != std::string_view::npos;
           ++i) {
        if (format[i] == '^')
          upper_ = true;
        else
          pad_ = format[i];
      }
      if (i >= format.size() ||
          !(date_part(format[i]) || time_part(format[i]) || compound(format[i], depth)))
        out_ += format.substr(start, i + 1 - start);
    }
  }

 private:
  void number(std::int64_t value, int width, char usual_pad) {
    char digits[24];
    char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    const char pad = pad_ == 0 ? usual_pad : (pad_ == '_' ? ' ' : pad_);
    if (pad != '-')
      for (auto n = static_cast<int>(end - digits); n < width; ++n)
        out_ += pad;
    out_.append(digits, end);
  }

  void word(std::string_view text) {
    if (!upper_) {
      out_ += text;
      return;
    }
    for (; !text.empty(); text.remove_prefix(letter_bytes(text)))
      append_utf8(upper_code(letter_code(text)), out_);
  }

  bool date_part(char letter) {
    std::int64_t iso_year = 0;
    std::int32_t week = 0;
    switch (letter) {
      case 'Y':
        number(time_.year, 4, '0');
        return true;
      case 'C':
        number(time_.year / 100, 2, '0');
        return true;
      case 'y':
        number(((time_.year % 100) + 100) % 100, 2, '0');
        return true;
      case 'm':
        number(time_.month, 2, '0');
        return true;
      case 'B':
        word(words_.months[static_cast<std::size_t>(time_.month - 1)]);
        return true;
      case 'b':
      case 'h':
        word(words_.short_months[static_cast<std::size_t>(time_.month - 1)]);
        return true;
      case 'd':
        number(time_.day, 2, '0');
        return true;
      case 'e':
        number(time_.day, 2, ' ');
        return true;
      case 'j':
        number(time_.day_of_year, 3, '0');
        return true;
      case 'A':
        word(words_.days[static_cast<std::size_t>(time_.weekday)]);
        return true;
      case 'a':
        word(words_.short_days[static_cast<std::size_t>(time_.weekday)]);
        return true;
      case 'u':
        number(time_.weekday == 0 ? 7 : time_.weekday, 1, '0');
        return true;
      case 'w':
        number(time_.weekday, 1, '0');
        return true;
      case 'U':
        number((time_.day_of_year + 6 - time_.weekday) / 7, 2, '0');
        return true;
      case 'W':
        number((time_.day_of_year + 6 - (time_.weekday + 6) % 7) / 7, 2, '0');
        return true;
      case 'G':
        iso_week(time_, iso_year, week);
        number(iso_year, 4, '0');
        return true;
      case 'V':
        iso_week(time_, iso_year, week);
        number(week, 2, '0');
        return true;
      default:
        return false;
    }
  }

  bool time_part(char letter) {
    const std::int32_t hour12 = time_.hour % 12 == 0 ? 12 : time_.hour % 12;
    const bool morning = time_.hour < 12;
    switch (letter) {
      case 'H':
        number(time_.hour, 2, '0');
        return true;
      case 'k':
        number(time_.hour, 2, ' ');
        return true;
      case 'I':
        number(hour12, 2, '0');
        return true;
      case 'l':
        number(hour12, 2, ' ');
        return true;
      case 'M':
        number(time_.minute, 2, '0');
        return true;
      case 'S':
        number(time_.second, 2, '0');
        return true;
      case 'L':
        number(time_.microsecond / 1000, 3, '0');
        return true;
      case 'N':
        number(time_.microsecond, 6, '0');
        return true;
      case 's':
        number(seconds(), 1, '0');
        return true;
      case 'p':
        word(morning ? words_.am : words_.pm);
        return true;
      case 'P':
        out_ += morning ? "am" : "pm";
        return true;
      case 'v':
        out_ += morning ? "a.m." : "p.m.";
        return true;
      case 'Z':
        out_ += time_.offset.abbreviation;
        return true;
      case 'z': {
        const std::int32_t minutes = time_.offset.seconds / 60;
        out_ += minutes < 0 ? '-' : '+';
        pad_ = 0;
        number(minutes < 0 ? -minutes / 60 : minutes / 60, 2, '0');
        number((minutes < 0 ? -minutes : minutes) % 60, 2, '0');
        return true;
      }
      default:
        return false;
    }
  }

  bool compound(char letter, int depth) {
    if (depth >= kMaxStyleDepth) return false;
    switch (letter) {
      case 'D':
        write("%m/%d/%y", depth + 1);
        return true;
      case 'F':
        write("%Y-%m-%d", depth + 1);
        return true;
      case 'T':
        write("%H:%M:%S", depth + 1);
        return true;
      case 'R':
        write("%H:%M", depth + 1);
        return true;
      case 'r':
        write("%I:%M:%S %p", depth + 1);
        return true;
      case 'x':
        write(locale_.short_date, depth + 1);
        return true;
      case 'X':
        write(locale_.time, depth + 1);
        return true;
      case 'c':
        write(locale_.medium_date, depth + 1);
        out_ += ' ';
        write(locale_.time, depth + 1);
        return true;
      case 'n':
        out_ += '\n';
        return true;
      case 't':
        out_ += '\t';
        return true;
      case '%':
        out_ += '%';
        return true;
      default:
        return false;
    }
  }

  [[nodiscard]] std::int64_t seconds() const noexcept {
    return utc_us_ / 1'000'000 - (utc_us_ % 1'000'000 < 0 ? 1 : 0);
  }

  const CivilTime& time_;
  std::int64_t utc_us_;
  const LocaleFormat& locale_;
  const CalendarWords& words_;
  std::string& out_;
  char pad_ = 0;
  bool upper_ = false;
};

}  // namespace

void append_date(const CivilTime& time, std::int64_t utc_us, std::string_view format,
                 const LocaleFormat& locale, std::string& out) {
  if (format == "short") format = locale.short_date;
  if (format == "medium") format = locale.medium_date;
  if (format == "long") format = locale.long_date;
  if (format == "full") format = locale.full_date;
  if (format == "time") format = locale.time;
  DateWriter(time, utc_us, locale, out).write(format, 0);
}

}  // namespace souk::email::liquid
