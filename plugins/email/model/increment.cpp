#include "plugins/email/model/increment.hpp"

#include <algorithm>
#include <cmath>

namespace souk::email {
namespace {

constexpr double kNormal95 = 1.959963984540054;
constexpr double kPeoplePerSkewness2 = 355;

/// Wilson's score interval of a share.
Interval wilson(std::uint64_t hits, std::uint64_t of) noexcept {
  const auto n = static_cast<double>(of);
  const double share = static_cast<double>(hits) / n;
  const double z2 = kNormal95 * kNormal95;
  const double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half =
      kNormal95 * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {share, std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

Interval buyers_difference(const GroupSums& treated, const GroupSums& holdout) noexcept {
  const Interval a = wilson(treated.buyers, treated.people);
  const Interval b = wilson(holdout.buyers, holdout.people);
  const double value = a.value - b.value;
  return {value, value - std::hypot(a.value - a.low, b.high - b.value),
          value + std::hypot(a.high - a.value, b.value - b.low)};
}

Interval revenue_difference(const GroupSums& treated, const GroupSums& holdout) noexcept {
  const auto n = static_cast<double>(treated.people);
  const auto m = static_cast<double>(holdout.people);
  const double a = treated.variance() / n;
  const double b = holdout.variance() / m;
  const double value = treated.mean() - holdout.mean();
  if (a + b <= 0) return {value, value, value};
  const double freedom = (a + b) * (a + b) / (a * a / (n - 1) + b * b / (m - 1));
  const double half = student_95(freedom) * std::sqrt(a + b);
  return {value, value - half, value + half};
}

double people_needed(const GroupSums& group) noexcept {
  return kPeoplePerSkewness2 * group.skewness() * group.skewness();
}

}  // namespace

void GroupSums::grow(double before, double after, bool first) noexcept {
  if (first) ++buyers;
  sum += after - before;
  squares += after * after - before * before;
  cubes += after * after * after - before * before * before;
}

double GroupSums::mean() const noexcept {
  return people == 0 ? 0 : sum / static_cast<double>(people);
}

double GroupSums::variance() const noexcept {
  if (people < 2) return 0;
  const auto n = static_cast<double>(people);
  return std::max(squares - sum * sum / n, 0.0) / (n - 1);
}

double GroupSums::skewness() const noexcept {
  const double spread = std::sqrt(variance());
  if (people < 3 || spread <= 0) return 0;
  const auto n = static_cast<double>(people);
  const double middle = mean();
  const double third = cubes / n - 3 * middle * squares / n + 2 * middle * middle * middle;
  return third / (spread * spread * spread);
}

double student_95(double freedom) noexcept {
  constexpr double x = kNormal95;
  const double v = std::max(freedom, 1.0);
  const double x3 = x * x * x;
  const double x5 = x3 * x * x;
  const double x7 = x5 * x * x;
  const double x9 = x7 * x * x;
  return x + (x3 + x) / (4 * v) + (5 * x5 + 16 * x3 + 3 * x) / (96 * v * v) +
         (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * v * v * v) +
         (79 * x9 + 776 * x7 + 1482 * x5 - 1920 * x3 - 945 * x) / (92160 * v * v * v * v);
}

Increment increment_of(const GroupSums& treated, const GroupSums& holdout) noexcept {
  Increment found;
  if (treated.people < 2 || holdout.people < 2) return found;
  found.revenue = revenue_difference(treated, holdout);
  found.buyers = buyers_difference(treated, holdout);
  for (const GroupSums* group : {&treated, &holdout}) {
    const double needed = people_needed(*group);
    if (group->buyers < kLeastBuyers) return found.enough = Enough::few_buyers, found;
    if (needed <= static_cast<double>(group->people)) continue;
    found.people_needed = std::max(found.people_needed, needed);
  }
  found.enough = found.people_needed > 0 ? Enough::heavy_tails : Enough::yes;
  return found;
}

}  // namespace souk::email
