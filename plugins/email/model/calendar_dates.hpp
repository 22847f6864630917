// Dates that come back every year: birthdays and their like.
#pragma once

#include <cstdint>
#include <string_view>

#include "plugins/email/model/zones.hpp"

namespace souk::email {

struct YearlyDate {
  std::uint8_t month = 0;  ///< 1 to 12; 0: none
  std::uint8_t day = 0;
};

/// "1990-04-01", "1990-04-01T…", "--04-01" or "04-01"; no month for anything else, and for days
/// that no year has.
[[nodiscard]] YearlyDate yearly_date(std::string_view text) noexcept;

/// The first moment after `utc_s` at which the zone's clock shows `minute` of the day that lies
/// `days_before` days before the date. The 29th of February is the 28th where a year has none.
[[nodiscard]] std::int64_t next_of(YearlyDate date, std::uint16_t minute, int days_before,
                                   const TimeZone& zone, std::int64_t utc_s) noexcept;

}  // namespace souk::email
