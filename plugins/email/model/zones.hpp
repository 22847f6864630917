// Local time of shoppers: their zones by number, parts of their day, their next Monday at nine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/email/template/time_zone.hpp"

namespace souk::email {

/// Zones by number, in two bytes instead of a name; 0 is UTC. One thread at a time.
class Zones {
 public:
  using Number = std::uint16_t;
  static constexpr Number kUnknown = 0xffff;

  Zones();
  /// kUnknown for a name that the system does not know, or one that would leave its folder.
  Number number(std::string_view name);
  /// Lives for ever; UTC for kUnknown.
  [[nodiscard]] const TimeZone& zone(Number number) const noexcept;
  [[nodiscard]] std::string_view name(Number number) const noexcept;

 private:
  struct Known {
    std::string name;
    const TimeZone* zone;
  };
  std::vector<Known> known_;
  std::unordered_map<std::string, Number> numbers_;
};

/// A part of the day, in minutes after midnight: [from, to), over midnight when from > to.
struct DayPart {
  std::uint16_t from_min = 0;
  std::uint16_t to_min = 0;
  [[nodiscard]] bool empty() const noexcept { return from_min == to_min; }
};

/// "21:30" → 1290; 0xffff for anything else.
[[nodiscard]] std::uint16_t minute_of_day(std::string_view text) noexcept;
/// When the part of the day that `utc_s` lies in is over; `utc_s` itself when it lies in none.
[[nodiscard]] std::int64_t end_of(const DayPart& part, const TimeZone& zone,
                                  std::int64_t utc_s) noexcept;
/// The first moment after `utc_s` at which the zone's clock shows `minute`; `weekday` 0 (Sunday) to
/// 6, or 7 for any day.
[[nodiscard]] std::int64_t next_at(std::uint16_t minute, unsigned weekday, const TimeZone& zone,
                                   std::int64_t utc_s) noexcept;

}  // namespace souk::email
