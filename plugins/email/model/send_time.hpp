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
// A message is read some time after it was sent, so the best hour to send at is not the busiest
// one: how long people take is learned from their opens (ReadingDelay), and an hour is worth what
// the hours after it are worth, weighed by that (reading_if_sent).
//
// Figures on the simulator's truth, and how they are made: tests/send_time_simulated_test.cpp.
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

/// How long after it was sent a message is read, by whole hours: of the whole shop, from opens by
/// people. Before there are any, half of what is read is read within an hour and a half.
class ReadingDelay {
 public:
  using Shares = std::array<double, kHoursOfDay>;

  /// What took a day or more, or came before the message, says nothing.
  void add(std::int64_t seconds) noexcept;
  /// Share of openings by hours after sending, sum 1.
  [[nodiscard]] Shares shares() const noexcept;
  [[nodiscard]] const Shares& counts() const noexcept { return counts_; }
  void set_counts(const Shares& counts) noexcept { counts_ = counts; }

 private:
  Shares counts_{};
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

/// How much a message sent at each hour is read, mean 1, when `person` is who reads it.
[[nodiscard]] ShopHours::Curve reading_if_sent(const ShopHours::Curve& person,
                                               const ReadingDelay::Shares& delay) noexcept;

/// The best hour among those of `allowed` (bit h: hour h), the earlier one of two equals; -1 when
/// no hour is allowed.
[[nodiscard]] int best_hour(const ShopHours::Curve& curve, std::uint32_t allowed) noexcept;

}  // namespace souk::email
