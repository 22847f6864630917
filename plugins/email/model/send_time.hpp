// When a person reads: engagement by local hour of the day, with the shop's habits as prior.
//
// A person's hour counts are visits, opens and clicks – what somebody does, not what was sent to
// them, so no message has to be wasted on trying hours out. Two things are learned from them
// (empirical Bayes): by how many hours the person's day is shifted against the shop's (few counts
// tell that much), and then the person's own hours (a Gamma–Poisson posterior whose prior is the
// shifted curve), smoothed over neighbouring hours.
//
// The shop's curve is the habits of one person: everybody's visits added up are flatter, because
// days are shifted against each other. fit_hours() aligns them.
//
// What it reaches depends on how much is known. On the simulator (seed 614, 4,000 people, 365 days;
// 1,000 recipients, ten messages 18 days apart from day 180, visits as counts, a message opened in
// proportion to the person's true curve) against an oracle that knows each person's hours: 93.1 %
// of its opens with 27 visits known on average, 95.6 % with 44, while one hour for all gets 82 %.
// Somebody who knew the true curve, and only each person's shift not, would get 93.5 % and 96.3 %
// from the same visits: more is to be had from more visits alone. Whether ten messages were opened
// adds less than half a point.
//
// Pure; the work for a person is fixed (24 hours, 13 shifts), without allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace souk::email {

constexpr int kHoursOfDay = 24;

/// What somebody did, by local hour: 24 bytes in a person's state. The same events in the same
/// order give the same bytes.
struct HourCounts {
  std::array<std::uint8_t, kHoursOfDay> counts{};

  /// `hour` is taken modulo 24. When an hour is full all are halved: what is long ago fades.
  void add(int hour) noexcept;
  [[nodiscard]] int total() const noexcept;
};

/// The shop's: everybody's counts.
class ShopHours {
 public:
  using Curve = std::array<double, kHoursOfDay>;

  void add(int hour, double weight = 1.0) noexcept;
  /// Relative engagement, mean 1, smoothed over neighbouring hours. A shop without data has the
  /// habits of online shops in general (least at four in the morning, most at eight in the
  /// evening); its own replace them as they come (weight of a hundred visits).
  [[nodiscard]] Curve curve() const noexcept;
  [[nodiscard]] const Curve& counts() const noexcept { return counts_; }
  void set_counts(const Curve& counts) noexcept { counts_ = counts; }

 private:
  Curve counts_{};
};

struct SendTimeSettings {
  /// Spread of people's days against the shop's, hours. Chronotypes differ by about 1.5 hours
  /// (Roenneberg et al., "Epidemiology of the human circadian clock", 2007); shifts and shop hours
  /// add.
  double shift_spread = 2.0;
  /// Counts that weigh as much as the shifted curve of the shop.
  double prior_counts = 300.0;
};

/// The curve that people's days are shifts of, mean 1: expectation–maximisation over `people` (a
/// thousand say enough, ten thousand take about 20 ms), beginning with `shop`'s own curve. Without
/// people it is that curve.
[[nodiscard]] ShopHours::Curve fit_hours(std::span<const HourCounts> people, const ShopHours& shop,
                                         const SendTimeSettings& settings = {}) noexcept;

/// The person's expected engagement by hour, mean 1. `shop` comes from fit_hours().
[[nodiscard]] ShopHours::Curve hours_of_person(const HourCounts& person,
                                               const ShopHours::Curve& shop,
                                               const SendTimeSettings& settings = {}) noexcept;

/// The best hour among those of `allowed` (bit h: hour h), the earlier one of two equals; -1 when
/// no hour is allowed.
[[nodiscard]] int best_hour(const ShopHours::Curve& curve, std::uint32_t allowed) noexcept;

}  // namespace souk::email
