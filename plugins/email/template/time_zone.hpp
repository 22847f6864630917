// Time zones from the system's database (TZif files, RFC 8536) and the calendar.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace souk::email {

/// Immutable; any thread.
class TimeZone {
 public:
  struct Offset {
    std::int32_t seconds = 0;  // local time = UTC + seconds
    std::string_view abbreviation = "UTC";
  };

  /// UTC.
  TimeZone() = default;
  /// From the bytes of a TZif file; nothing when they are not one.
  [[nodiscard]] static std::optional<TimeZone> parse(std::string_view tzif);

  [[nodiscard]] Offset at(std::int64_t utc_seconds) const noexcept;

 private:
  struct Type {
    std::int32_t seconds = 0;
    std::uint8_t abbreviation = 0;  // offset in abbreviations_
  };
  /// "M3.2.0/2": the moment of a year at which the clock changes.
  struct RuleDate {
    char kind = 'M';  // M: month.week.weekday, J: 1..365 without 29 February, 0: 0..365
    std::int32_t month = 0, week = 0, day = 0;
    std::int32_t seconds = 7200;
  };
  /// The footer's rule, for moments after the last transition.
  struct Rule {
    std::string standard_name, daylight_name;  // the latter empty: no daylight saving
    std::int32_t standard_seconds = 0, daylight_seconds = 0;
    RuleDate starts, ends;
  };
  class RuleParser;

  [[nodiscard]] Offset by_rule(std::int64_t utc_seconds) const noexcept;

  std::vector<std::int64_t> transitions_;
  std::vector<std::uint8_t> type_at_;
  std::vector<Type> types_;
  std::string abbreviations_;
  std::optional<Rule> rule_;
};

/// The zone of an IANA name ("Europe/Berlin"), read once and kept for the life of the process; null
/// when there is none. Any thread. Names are checked: nothing outside of the database is opened.
[[nodiscard]] const TimeZone* find_time_zone(std::string_view name);

/// A moment as people read it.
struct CivilTime {
  std::int64_t year = 1970;
  std::int32_t month = 1, day = 1;  // from 1
  std::int32_t hour = 0, minute = 0, second = 0, microsecond = 0;
  std::int32_t weekday = 4;      // 0: Sunday
  std::int32_t day_of_year = 1;  // from 1
  TimeZone::Offset offset;
};

/// `zone` null: UTC.
[[nodiscard]] CivilTime civil_time(std::int64_t utc_us, const TimeZone* zone) noexcept;

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
[[nodiscard]] std::int64_t days_from_civil(std::int64_t year, std::int32_t month,
                                           std::int32_t day) noexcept;

}  // namespace souk::email
