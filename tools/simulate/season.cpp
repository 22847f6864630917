#include "tools/simulate/season.hpp"

#include <chrono>
#include <cmath>

#include "tools/simulate/portable_math.hpp"

namespace souk::simulate {

Calendar calendar_of(std::int64_t time_us) noexcept {
  using namespace std::chrono;
  const auto day = floor<days>(sys_time<microseconds>{microseconds{time_us}});
  const year_month_day date{day};
  const weekday week{day};
  const auto first = sys_days{date.year() / January / 1};
  Calendar result;
  result.year = static_cast<int>(date.year());
  result.day_of_year = static_cast<int>((day - first).count());
  result.weekday = static_cast<int>(week.iso_encoding()) - 1;
  result.month = static_cast<int>(static_cast<unsigned>(date.month()));
  result.day = static_cast<int>(static_cast<unsigned>(date.day()));
  return result;
}

double season_factor(const LeafSpec& leaf, const Calendar& day) noexcept {
  const double turns = (day.day_of_year - leaf.peak_day) / 365.25;
  const double year = leaf.season > 0.0 ? portable_exp(leaf.season * cosine_of_turns(turns)) : 1.0;
  return year * (day.weekend() ? leaf.weekend : 1.0);
}

double traffic_factor(const Calendar& day) noexcept {
  constexpr double kWeek[7] = {1.05, 1.0, 0.98, 0.97, 0.92, 0.98, 1.10};
  double factor = kWeek[day.weekday];
  if (day.day >= 27 || day.day <= 2) factor *= 1.06;  // around pay day
  if (day.month == 11 && day.day >= 23 && day.day <= 30) factor *= 1.6;
  if (day.month == 12 && day.day <= 20) factor *= 1.35;
  if (day.month == 12 && (day.day == 24 || day.day == 25)) factor *= 0.5;
  return factor;
}

double hour_factor(int hour, double shift_hours) noexcept {
  // Share of an online shop's traffic by local hour, as web statistics commonly show it.
  constexpr double kHours[24] = {0.35, 0.20, 0.12, 0.08, 0.08, 0.15, 0.35, 0.60,
                                 0.85, 1.05, 1.15, 1.20, 1.25, 1.15, 1.10, 1.10,
                                 1.15, 1.20, 1.35, 1.60, 1.75, 1.70, 1.25, 0.75};
  const double moved = hour - shift_hours;
  const int index = static_cast<int>(std::floor(moved + 0.5));
  return kHours[((index % 24) + 24) % 24];
}

}  // namespace souk::simulate
