// Months and days of UTC, without the C library's locks and time zones.
#pragma once

#include <cstdint>

namespace souk::segmentation {

inline constexpr std::uint32_t kSecondsADay = 86'400;

/// Calendar months since January of the year 0. January of any year is divisible by 12.
[[nodiscard]] constexpr std::uint32_t month_number(std::uint32_t at_s) {
  // Days since 1 March of the year 0, in eras of 400 years: Howard Hinnant, "chrono-compatible
  // low-level date algorithms", civil_from_days.
  const std::uint32_t days = at_s / kSecondsADay + 719'468;
  const std::uint32_t era = days / 146'097;
  const std::uint32_t of_era = days % 146'097;
  const std::uint32_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::uint32_t march_based = (5 * of_year + 2) / 153;
  return (era * 400 + year) * 12 + march_based + 2;  // March is 2
}

}  // namespace souk::segmentation
