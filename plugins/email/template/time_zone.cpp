#include "plugins/email/template/time_zone.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <mutex>
#include <unordered_map>

namespace souk::email {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kMaxZoneFile = std::size_t{1} << 20;
constexpr std::size_t kMaxZones = 2048;

/// Big-endian, signed.
std::int64_t read_big(std::string_view bytes, std::size_t at, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = (value << 8) | static_cast<unsigned char>(bytes[at + i]);
  if (size < 8 && (value >> (size * 8 - 1)) != 0) value |= ~std::uint64_t{0} << (size * 8);
  return static_cast<std::int64_t>(value);
}

bool is_leap_year(std::int64_t year) noexcept {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

void civil_from_days(std::int64_t days, CivilTime& out) noexcept {
  // A year that begins in March has its leap day last: no month needs a special case.
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  out.day = static_cast<std::int32_t>(day_of_year - (153 * month + 2) / 5 + 1);
  out.month = static_cast<std::int32_t>(month < 10 ? month + 3 : month - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2 ? 1 : 0);
  out.day_of_year = static_cast<std::int32_t>(days - days_from_civil(out.year, 1, 1) + 1);
  out.weekday = static_cast<std::int32_t>(((days % 7) + 11) % 7);
}

bool is_zone_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.find("..") != name.npos)
    return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

/// POSIX's TZ rule: "CET-1CEST,M3.5.0,M10.5.0/3".
class TimeZone::RuleParser {
 public:
  explicit RuleParser(std::string_view text) : text_(text) {}

  std::optional<Rule> parse() {
    Rule rule;
    if (!name(rule.standard_name) || !seconds(rule.standard_seconds)) return std::nullopt;
    rule.standard_seconds = -rule.standard_seconds;  // POSIX counts west of Greenwich
    if (text_.empty()) return rule;
    rule.daylight_seconds = rule.standard_seconds + 3600;
    if (!name(rule.daylight_name)) return std::nullopt;
    if (!text_.empty() && text_[0] != ',') {
      if (!seconds(rule.daylight_seconds)) return std::nullopt;
      rule.daylight_seconds = -rule.daylight_seconds;
    }
    if (!date(rule.starts) || !date(rule.ends) || !text_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool name(std::string& out) {
    const bool quoted = take('<');
    const auto ends = [&](char c) {
      return quoted ? c == '>' : !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    };
    std::size_t size = 0;
    while (size < text_.size() && !ends(text_[size]))
      ++size;
    out = text_.substr(0, size);
    text_.remove_prefix(size);
    return (!quoted || take('>')) && size >= 3 && size < 16;
  }

  bool number(std::int32_t& out) {
    out = 0;
    std::size_t size = 0;
    for (; size < text_.size() && size < 4 && text_[size] >= '0' && text_[size] <= '9'; ++size)
      out = out * 10 + (text_[size] - '0');
    text_.remove_prefix(size);
    return size > 0;
  }

  bool seconds(std::int32_t& out) {
    const bool negative = take('-');
    if (!negative) (void)take('+');
    std::int32_t part = 0;
    if (!number(part)) return false;
    out = part * 3600;
    if (take(':')) {
      if (!number(part)) return false;
      out += part * 60;
      if (take(':')) {
        if (!number(part)) return false;
        out += part;
      }
    }
    if (negative) out = -out;
    return true;
  }

  bool date(RuleDate& out) {
    if (!take(',')) return false;
    if (take('M')) {
      out.kind = 'M';
      if (!number(out.month) || !take('.') || !number(out.week) || !take('.') || !number(out.day))
        return false;
      if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5 || out.day > 6)
        return false;
    } else {
      out.kind = take('J') ? 'J' : '0';
      if (!number(out.day)) return false;
    }
    return !take('/') || seconds(out.seconds);
  }

  std::string_view text_;
};

std::optional<TimeZone> TimeZone::parse(std::string_view tzif) {
  // The header twice: version 1 with 32 bits, which is skipped, then version 2 with 64.
  constexpr std::size_t kHeader = 44;
  const auto counts_at = [&](std::size_t at, std::array<std::size_t, 6>& counts) {
    if (tzif.size() < at + kHeader || tzif.substr(at, 4) != "TZif") return false;
    for (std::size_t i = 0; i < 6; ++i) {
      const std::int64_t count = read_big(tzif, at + 20 + i * 4, 4);
      if (count < 0 || count > 100'000) return false;
      counts[i] = static_cast<std::size_t>(count);
    }
    return true;
  };
  std::array<std::size_t, 6> n{};  // isut, isstd, leap, time, type, char
  if (!counts_at(0, n) || tzif[4] < '2') return std::nullopt;
  const std::size_t second = kHeader + n[3] * 5 + n[4] * 6 + n[5] + n[2] * 8 + n[1] + n[0];
  if (!counts_at(second, n)) return std::nullopt;
  std::size_t at = second + kHeader;
  const std::size_t footer = at + n[3] * 9 + n[4] * 6 + n[5] + n[2] * 12 + n[1] + n[0];
  if (footer > tzif.size() || n[4] == 0 || n[4] > 255 || n[5] == 0) return std::nullopt;

  TimeZone zone;
  for (std::size_t i = 0; i < n[3]; ++i, at += 8)
    zone.transitions_.push_back(read_big(tzif, at, 8));
  for (std::size_t i = 0; i < n[3]; ++i, ++at) {
    zone.type_at_.push_back(static_cast<std::uint8_t>(tzif[at]));
    if (zone.type_at_.back() >= n[4]) return std::nullopt;
  }
  for (std::size_t i = 0; i < n[4]; ++i, at += 6) {
    zone.types_.push_back({static_cast<std::int32_t>(read_big(tzif, at, 4)),
                           static_cast<std::uint8_t>(tzif[at + 5])});
    if (zone.types_.back().abbreviation >= n[5]) return std::nullopt;
  }
  zone.abbreviations_ = tzif.substr(at, n[5]);
  if (!std::is_sorted(zone.transitions_.begin(), zone.transitions_.end())) return std::nullopt;
  const std::string_view tail = tzif.substr(footer);
  if (tail.size() > 2 && tail.front() == '\n')
    zone.rule_ = RuleParser(tail.substr(1, tail.find('\n', 1) - 1)).parse();
  return zone;
}

TimeZone::Offset TimeZone::by_rule(std::int64_t utc_seconds) const noexcept {
  const Rule& rule = *rule_;
  const Offset standard{rule.standard_seconds, rule.standard_name};
  if (rule.daylight_name.empty()) return standard;
  CivilTime local;
  const std::int64_t shifted = utc_seconds + rule.standard_seconds;
  civil_from_days(shifted / kDaySeconds - (shifted % kDaySeconds < 0 ? 1 : 0), local);
  const auto moment = [year = local.year](const RuleDate& date, std::int32_t offset) {
    std::int64_t day = days_from_civil(year, 1, 1);
    if (date.kind == 'M') {
      constexpr std::int32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
      const std::int64_t first = days_from_civil(year, date.month, 1);
      const std::int32_t length =
          kDays[date.month - 1] + (date.month == 2 && is_leap_year(year) ? 1 : 0);
      const auto weekday = static_cast<std::int32_t>(((first % 7) + 11) % 7);
      std::int32_t in_month = (date.day - weekday + 7) % 7 + (date.week - 1) * 7;
      while (in_month >= length)
        in_month -= 7;
      day = first + in_month;
    } else if (date.kind == 'J') {
      day += date.day - 1 + (is_leap_year(year) && date.day >= 60 ? 1 : 0);
    } else {
      day += date.day;
    }
    return day * kDaySeconds + date.seconds - offset;
  };
  const std::int64_t starts = moment(rule.starts, rule.standard_seconds);
  const std::int64_t ends = moment(rule.ends, rule.daylight_seconds);
  const bool daylight = starts < ends ? utc_seconds >= starts && utc_seconds < ends
                                      : utc_seconds >= starts || utc_seconds < ends;
  return daylight ? Offset{rule.daylight_seconds, rule.daylight_name} : standard;
}

TimeZone::Offset TimeZone::at(std::int64_t utc_seconds) const noexcept {
  if (types_.empty()) return {};  // made without a file: UTC
  const auto after = std::upper_bound(transitions_.begin(), transitions_.end(), utc_seconds);
  if (after == transitions_.end() && rule_) return by_rule(utc_seconds);
  if (types_.empty()) return {0, "UTC"};
  const std::size_t index = static_cast<std::size_t>(after - transitions_.begin());
  const Type& type = types_[index == 0 ? 0 : type_at_[index - 1]];
  // Abbreviations end with a zero byte.
  const std::string_view name = std::string_view(abbreviations_).substr(type.abbreviation);
  return {type.seconds, name.substr(0, name.find('\0'))};
}

const TimeZone* find_time_zone(std::string_view name) {
  if (!is_zone_name(name)) return nullptr;
  static std::mutex mutex;
  static std::unordered_map<std::string, std::unique_ptr<const TimeZone>> zones;
  const std::lock_guard lock(mutex);
  const std::string key(name);
  if (const auto found = zones.find(key); found != zones.end()) return found->second.get();
  std::ifstream file("/usr/share/zoneinfo/" + key, std::ios::binary);
  std::string bytes;
  if (file) {
    bytes.resize(kMaxZoneFile);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  }
  std::optional<TimeZone> parsed = TimeZone::parse(bytes);
  // Names that are none are not kept: they come from data, there is no end to them.
  if (!parsed || zones.size() >= kMaxZones) return nullptr;
  return zones.emplace(key, std::make_unique<const TimeZone>(std::move(*parsed)))
      .first->second.get();
}

std::int64_t days_from_civil(std::int64_t year, std::int32_t month, std::int32_t day) noexcept {
  const std::int64_t shifted = month <= 2 ? year - 1 : year;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const std::int64_t year_of_era = shifted - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilTime civil_time(std::int64_t utc_us, const TimeZone* zone) noexcept {
  CivilTime out;
  const std::int64_t seconds = utc_us / 1'000'000 - (utc_us % 1'000'000 < 0 ? 1 : 0);
  if (zone != nullptr) out.offset = zone->at(seconds);
  const std::int64_t local = seconds + out.offset.seconds;
  const std::int64_t days = local / kDaySeconds - (local % kDaySeconds < 0 ? 1 : 0);
  const auto of_day = static_cast<std::int32_t>(local - days * kDaySeconds);
  civil_from_days(days, out);
  out.hour = of_day / 3600;
  out.minute = of_day / 60 % 60;
  out.second = of_day % 60;
  out.microsecond = static_cast<std::int32_t>(utc_us - seconds * 1'000'000);
  return out;
}

}  // namespace souk::email
