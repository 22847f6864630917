#include "plugins/email/model/send_time.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace souk::email {
namespace {

constexpr int kMostShift = 6;
constexpr double kShopPriorVisits = 100.0;
constexpr int kFitRounds = 3;

using ShiftShares = std::array<double, 2 * kMostShift + 1>;

/// Habits in general, before a shop has data: a wave with its trough at four and its crest at eight
/// in the evening.
double usual_hour(int hour) noexcept {
  constexpr double kTwoPi = 6.283185307179586;
  const double day = std::cos(kTwoPi * (hour - 16) / 24.0);
  const double evening = std::exp(-0.5 * (hour - 20) * (hour - 20) / 2.0);
  return std::max(0.05, 1.0 + 0.8 * day + 0.8 * evening);
}

int wrapped_hour(int hour) noexcept { return ((hour % kHoursOfDay) + kHoursOfDay) % kHoursOfDay; }

/// Binomial weights over five hours, around the clock: an hour's neighbours are likely hours too.
ShopHours::Curve smoothed_hours(const ShopHours::Curve& counts) noexcept {
  constexpr double kWeights[] = {1.0 / 16, 4.0 / 16, 6.0 / 16, 4.0 / 16, 1.0 / 16};
  ShopHours::Curve made{};
  for (int hour = 0; hour < kHoursOfDay; ++hour)
    for (int step = -2; step <= 2; ++step)
      made[static_cast<std::size_t>(hour)] +=
          kWeights[step + 2] * counts[static_cast<std::size_t>(wrapped_hour(hour + step))];
  return made;
}

void scale_to_mean_one(ShopHours::Curve& curve) noexcept {
  const double sum = std::accumulate(curve.begin(), curve.end(), 0.0);
  for (double& value : curve)
    value = sum > 0 ? value * kHoursOfDay / sum : 1.0;
}

ShopHours::Curve logarithms(const ShopHours::Curve& curve) noexcept {
  ShopHours::Curve made{};
  for (std::size_t hour = 0; hour < made.size(); ++hour)
    made[hour] = std::log(std::max(curve[hour], 1e-3));
  return made;
}

/// The posterior of a person's shift s: prior N(0, spread), likelihood Π shop(h − s)^count(h).
ShiftShares shift_shares(const HourCounts& person, const ShopHours::Curve& log_shop,
                         double spread) noexcept {
  ShiftShares shares{};
  for (int shift = -kMostShift; shift <= kMostShift; ++shift) {
    double log_share = -0.5 * shift * shift / (spread * spread);
    for (int hour = 0; hour < kHoursOfDay; ++hour) {
      const double count = person.counts[static_cast<std::size_t>(hour)];
      if (count > 0)
        log_share += count * log_shop[static_cast<std::size_t>(wrapped_hour(hour - shift))];
    }
    shares[static_cast<std::size_t>(shift + kMostShift)] = log_share;
  }
  const double most = *std::max_element(shares.begin(), shares.end());
  double sum = 0;
  for (double& share : shares)
    sum += share = std::exp(share - most);
  for (double& share : shares)
    share /= sum;
  return shares;
}

}  // namespace

void HourCounts::add(int hour) noexcept {
  std::uint8_t& count = counts[static_cast<std::size_t>(wrapped_hour(hour))];
  if (count == UINT8_MAX)
    for (std::uint8_t& each : counts)
      each = static_cast<std::uint8_t>(each / 2);
  ++count;
}

int HourCounts::total() const noexcept { return std::accumulate(counts.begin(), counts.end(), 0); }

void ShopHours::add(int hour, double weight) noexcept {
  counts_[static_cast<std::size_t>(wrapped_hour(hour))] += weight;
}

ShopHours::Curve ShopHours::curve() const noexcept {
  Curve usual{};
  for (int hour = 0; hour < kHoursOfDay; ++hour)
    usual[static_cast<std::size_t>(hour)] = usual_hour(hour);
  scale_to_mean_one(usual);
  Curve made = smoothed_hours(counts_);
  for (std::size_t hour = 0; hour < made.size(); ++hour)
    made[hour] += usual[hour] * kShopPriorVisits / kHoursOfDay;
  scale_to_mean_one(made);
  return made;
}

ShopHours::Curve fit_hours(std::span<const HourCounts> people, const ShopHours& shop,
                           const SendTimeSettings& settings) noexcept {
  ShopHours::Curve base = shop.curve();
  for (int round = 0; round < kFitRounds; ++round) {
    // What is expected of a shop without people keeps the curve from zeros.
    ShopHours::Curve aligned{};
    for (std::size_t hour = 0; hour < aligned.size(); ++hour)
      aligned[hour] = base[hour] * kShopPriorVisits / kHoursOfDay;
    const ShopHours::Curve logs = logarithms(base);
    for (const HourCounts& person : people) {
      const ShiftShares shares = shift_shares(person, logs, settings.shift_spread);
      for (int hour = 0; hour < kHoursOfDay; ++hour) {
        const double count = person.counts[static_cast<std::size_t>(hour)];
        if (count == 0) continue;
        for (int shift = -kMostShift; shift <= kMostShift; ++shift)
          aligned[static_cast<std::size_t>(wrapped_hour(hour - shift))] +=
              count * shares[static_cast<std::size_t>(shift + kMostShift)];
      }
    }
    scale_to_mean_one(aligned);
    base = aligned;
  }
  return base;
}

ShopHours::Curve hours_of_person(const HourCounts& person, const ShopHours::Curve& shop,
                                 const SendTimeSettings& settings) noexcept {
  const ShiftShares shares = shift_shares(person, logarithms(shop), settings.shift_spread);
  ShopHours::Curve prior{};
  for (int shift = -kMostShift; shift <= kMostShift; ++shift)
    for (int hour = 0; hour < kHoursOfDay; ++hour)
      prior[static_cast<std::size_t>(hour)] +=
          shares[static_cast<std::size_t>(shift + kMostShift)] *
          shop[static_cast<std::size_t>(wrapped_hour(hour - shift))];
  scale_to_mean_one(prior);

  // Gamma–Poisson: the prior counts as `prior_counts` observations spread like the shifted curve.
  ShopHours::Curve own{};
  for (std::size_t hour = 0; hour < own.size(); ++hour)
    own[hour] = person.counts[hour];
  ShopHours::Curve made = smoothed_hours(own);
  for (std::size_t hour = 0; hour < made.size(); ++hour)
    made[hour] += prior[hour] * settings.prior_counts / kHoursOfDay;
  scale_to_mean_one(made);
  return made;
}

void ReadingDelay::add(std::int64_t seconds) noexcept {
  if (seconds >= 0 && seconds < 3'600 * kHoursOfDay)
    counts_[static_cast<std::size_t>(seconds / 3'600)] += 1;
}

ReadingDelay::Shares ReadingDelay::shares() const noexcept {
  constexpr double kUsualMeanHours = 2.0;
  constexpr double kUsualOpens = 50.0;
  Shares made{};
  double sum = 0;
  for (int hour = 0; hour < kHoursOfDay; ++hour) {
    const double usual = std::exp(-hour / kUsualMeanHours) * (1 - std::exp(-1 / kUsualMeanHours));
    sum += made[static_cast<std::size_t>(hour)] =
        counts_[static_cast<std::size_t>(hour)] + kUsualOpens * usual;
  }
  for (double& share : made)
    share /= sum;
  return made;
}

ShopHours::Curve reading_if_sent(const ShopHours::Curve& person,
                                 const ReadingDelay::Shares& delay) noexcept {
  ShopHours::Curve made{};
  for (int hour = 0; hour < kHoursOfDay; ++hour)
    for (int later = 0; later < kHoursOfDay; ++later)
      made[static_cast<std::size_t>(hour)] +=
          delay[static_cast<std::size_t>(later)] *
          person[static_cast<std::size_t>(wrapped_hour(hour + later))];
  scale_to_mean_one(made);
  return made;
}

int best_hour(const ShopHours::Curve& curve, std::uint32_t allowed) noexcept {
  int best = -1;
  for (int hour = 0; hour < kHoursOfDay; ++hour) {
    if ((allowed >> hour & 1U) == 0) continue;
    if (best < 0 || curve[static_cast<std::size_t>(hour)] > curve[static_cast<std::size_t>(best)])
      best = hour;
  }
  return best;
}

}  // namespace souk::email
