// When people shop: the year, the week and the day, as factors on rates. Pure functions,
// thread-safe.
#pragma once

#include <cstdint>

#include "tools/simulate/vocabulary.hpp"

namespace souk::simulate {

/// A day of the calendar, UTC.
struct Calendar {
  int year = 0;
  int day_of_year = 0;  ///< 0 … 365
  int weekday = 0;      ///< 0 Monday … 6 Sunday
  int month = 1;        ///< 1 … 12
  int day = 1;          ///< 1 … 31

  [[nodiscard]] bool weekend() const noexcept { return weekday >= 5; }
};
[[nodiscard]] Calendar calendar_of(std::int64_t time_us) noexcept;

/// Demand for a leaf on that day relative to its mean: the yearly wave times the weekend's factor.
[[nodiscard]] double season_factor(const LeafSpec& leaf, const Calendar& day) noexcept;

/// Visits of the whole shop on that day relative to its mean: week, pay day, Black Friday,
/// Christmas.
[[nodiscard]] double traffic_factor(const Calendar& day) noexcept;

/// Relative traffic of an hour (0 … 23) for somebody whose day is shifted by `shift_hours` (an
/// early bird has a negative shift). Lunch and evening peaks, a quiet night.
[[nodiscard]] double hour_factor(int hour, double shift_hours) noexcept;

}  // namespace souk::simulate
