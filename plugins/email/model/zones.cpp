#include "plugins/email/model/zones.hpp"

namespace souk::email {
namespace {

constexpr std::int64_t kSecondsOfDay = 86'400;

/// For zones that are not known.
const TimeZone& utc_zone() {
  static const TimeZone zone;
  return zone;
}

}  // namespace

Zones::Zones() {
  known_.push_back({"UTC", &utc_zone()});
  numbers_.emplace("UTC", Number{0});
}

Zones::Number Zones::number(std::string_view name) {
  if (const auto found = numbers_.find(std::string(name)); found != numbers_.end()) {
    return found->second;
  }
  const TimeZone* zone = find_time_zone(name);
  if (zone == nullptr || known_.size() >= kUnknown - 1) return kUnknown;
  const auto number = static_cast<Number>(known_.size());
  known_.push_back({std::string(name), zone});
  numbers_.emplace(std::string(name), number);
  return number;
}

const TimeZone& Zones::zone(Number number) const noexcept {
  return *known_[number < known_.size() ? number : 0].zone;
}

std::string_view Zones::name(Number number) const noexcept {
  return number < known_.size() ? std::string_view(known_[number].name) : std::string_view();
}

std::uint16_t minute_of_day(std::string_view text) noexcept {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    return 0xffff;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) return 0xffff;
  return static_cast<std::uint16_t>(hours * 60 + minutes);
}

std::int64_t end_of(const DayPart& part, const TimeZone& zone, std::int64_t utc_s) noexcept {
  if (part.empty()) return utc_s;
  const std::int64_t local = utc_s + zone.at(utc_s).seconds;
  const auto minute = static_cast<unsigned>((local % kSecondsOfDay) / 60);
  const bool inside = part.from_min < part.to_min ? minute >= part.from_min && minute < part.to_min
                                                  : minute >= part.from_min || minute < part.to_min;
  return inside ? next_at(part.to_min, 7, zone, utc_s) : utc_s;
}

std::int64_t next_at(std::uint16_t minute, unsigned weekday, const TimeZone& zone,
                     std::int64_t utc_s) noexcept {
  const std::int64_t local_day = (utc_s + zone.at(utc_s).seconds) / kSecondsOfDay;
  for (std::int64_t day = local_day; day < local_day + 9; ++day) {
    // 1970-01-01 was a Thursday.
    if (weekday < 7 && static_cast<unsigned>((day + 4) % 7) != weekday) continue;
    const std::int64_t local = day * kSecondsOfDay + minute * 60;
    // Twice, as the offset is that of the moment itself; an hour that is skipped comes out later.
    std::int64_t at = local - zone.at(local).seconds;
    at = local - zone.at(at).seconds;
    if (at > utc_s) return at;
  }
  return utc_s + kSecondsOfDay;
}

}  // namespace souk::email
