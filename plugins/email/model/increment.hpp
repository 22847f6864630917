// What messages changed: people who got them against people who were held out by lot.
#pragma once

#include <cstdint>

namespace souk::email {

/// Sums over the people of one group, each of whom brings one number that may grow. Enough for
/// mean, variance and skewness without keeping the numbers.
struct GroupSums {
  std::uint64_t people = 0;
  std::uint64_t buyers = 0;
  double sum = 0;
  double squares = 0;
  double cubes = 0;

  /// Somebody's number grows from `before` to `after`; the first time it is `first`.
  void grow(double before, double after, bool first) noexcept;
  [[nodiscard]] double mean() const noexcept;
  /// Of the sample, with n - 1; 0 for less than two.
  [[nodiscard]] double variance() const noexcept;
  /// 0 where all are the same.
  [[nodiscard]] double skewness() const noexcept;
};

struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

enum class Enough : std::uint8_t {
  yes,
  few_buyers,   ///< a group has fewer than kLeastBuyers who ordered
  heavy_tails,  ///< a mean of so skewed numbers is not near the normal law yet
};
inline constexpr std::uint64_t kLeastBuyers = 20;

/// Treated less holdout, with what holds the true difference in 95 of 100 cases.
struct Increment {
  Interval revenue;  ///< per person
  Interval buyers;   ///< share of people
  Enough enough = Enough::few_buyers;
  double people_needed = 0;  ///< in the group that lacks most, for heavy_tails
};

/// Revenue: Welch's interval (Welch 1947, "The generalization of Student's problem"), with the
/// check of Kohavi et al. 2014 ("Seven rules of thumb for web site experimenters", rule 7): a
/// group's mean is near normal from 355 · skewness² people on. Buyers: Newcombe's hybrid of
/// Wilson's intervals (Newcombe 1998, method 10), good also for shares near 0.
[[nodiscard]] Increment increment_of(const GroupSums& treated, const GroupSums& holdout) noexcept;

/// The two-sided 95 % point of Student's law with so many degrees of freedom, to within 0.002 from
/// three on (Cornish and Fisher's expansion, Abramowitz and Stegun 26.7.5).
[[nodiscard]] double student_95(double freedom) noexcept;

}  // namespace souk::email
