// When a shopper reads, and the moment for a message that follows from it.
#include <algorithm>
#include <cstdio>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "plugins/email/email.hpp"

namespace souk::email {
namespace {

/// Who does nothing for so long and then something is on a new visit.
constexpr std::uint32_t kVisitGapS = 1'800;
/// An open sooner than this tells when we sent, and not when the person reads.
constexpr std::uint32_t kOwnOpenAfterS = 3'600;
/// People whose hours the shop's curve is fitted to: a thousand say enough.
constexpr std::size_t kMostFitted = 2'000;
constexpr std::uint32_t kHourS = 3'600;
/// Messages of one hour are spread over most of it, so that they are no burst.
constexpr std::uint32_t kSpreadS = 2'700;

int local_hour(const TimeZone& zone, std::int64_t utc_s) {
  const std::int64_t local = utc_s + zone.at(utc_s).seconds;
  return static_cast<int>(((local % 86'400 + 86'400) % 86'400) / kHourS);
}

}  // namespace

void Email::acts(Person& person, const EventInfo& info) {
  if (!learns_hours_) return;
  const auto at_s =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(info.time_us() / 1'000'000, 0, now_s_));
  Habits& habits = person.own_habits();
  const std::uint32_t last_s =
      std::exchange(habits.last_visit_s, std::max(habits.last_visit_s, at_s));
  if (at_s < last_s || at_s - last_s < kVisitGapS) return;
  if (habits.answers(at_s)) ++send_times_.response(habits.last_channel).came;
  const int hour = local_hour(zone_of(person), at_s);
  habits.add_hour(hour);
  send_times_.visited(hour);
}

void Email::read_message(PersonNumber number, const JournalEntry& entry, const EventInfo& info) {
  if (!learns_hours_ || number == kNobody) return;
  const std::int64_t after_s = (info.time_us() - entry.decided_us) / 1'000'000;
  if (after_s < 0) return;
  send_times_.opened_after(after_s);
  if (after_s < kOwnOpenAfterS) return;
  Person& person = people_.at(number);
  person.own_habits().add_hour(local_hour(zone_of(person), info.time_us() / 1'000'000));
}

void Email::fit_send_times() {
  std::vector<HourCounts> people;
  for (PersonNumber number = 0; number < people_.end() && people.size() < kMostFitted; ++number) {
    const Person& person = people_.at(number);
    if (person.habits() != nullptr && !person.habits()->hours.empty())
      people.push_back(person.habits()->counts());
  }
  send_times_.fit(people);
}

/// Hours in order of time, from the one that runs: of two that are worth the same, the sooner.
Email::Moment Email::best_moment(const Person& person, const Instruction& message,
                                 std::string_view id, bool chosen) {
  if (send_times_.stale()) fit_send_times();
  const HourCounts counts = person.habits() != nullptr ? person.habits()->counts() : HourCounts();
  const ShopHours::Curve worth = send_times_.worth(counts);
  const TimeZone& zone = zone_of(person);
  const std::int64_t local = now_s_ + zone.at(now_s_).seconds;
  const auto next_hour_s = static_cast<std::uint32_t>(now_s_ + kHourS - local % kHourS);
  const auto spread_s = static_cast<std::uint32_t>(XXH3_64bits(id.data(), id.size()) % kSpreadS);
  Moment best{now_s_, {}};
  int best_hour = local_hour(zone, now_s_);
  for (std::uint32_t i = 0; !chosen && i + 1 < kHoursOfDay; ++i) {
    const std::uint32_t at_s = next_hour_s + i * kHourS + spread_s;
    if (at_s > now_s_ + message.send_within_s) break;
    const int hour = local_hour(zone, at_s);
    const bool better =
        worth[static_cast<std::size_t>(hour)] > worth[static_cast<std::size_t>(best_hour)];
    if (!better || end_of(quiet_, zone, at_s) != at_s) continue;
    best.at_s = at_s;
    best_hour = hour;
  }
  char text[160];
  std::snprintf(text, sizeof text,
                "%02d:00 is the best hour within %u h for this shopper: %.1f times the average "
                "hour, by %d visits",
                best_hour, message.send_within_s / kHourS,
                worth[static_cast<std::size_t>(best_hour)], counts.total());
  best.why = text;
  return best;
}

}  // namespace souk::email
