#include "plugins/segmentation/model/purchase_level.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace souk::segmentation {
namespace {

constexpr std::array<double, 5> kOrigins{0.40, 0.45, 0.50, 0.55, 0.60};
constexpr std::int32_t kShortestLife = 84;  ///< days; below that nothing is looked back at
constexpr double kFewestOrders = 50;
constexpr double kMostUnknown = 0.05;
constexpr double kPriorSpread = 0.15;    ///< of the logarithm of a shop's factor
constexpr double kMostLog = 0.28768207;  ///< log(4/3)

/// What one origin found.
struct LookBack {
  double log_ratio = 0;
  double weight = 0;
};

bool look_back(std::span<const OrderDays> customers, std::int32_t origin, std::int32_t until,
               const LogNormalPrior<4>& prior, LookBack& out) {
  std::vector<PurchaseSummary> known;
  double orders = 0;
  std::size_t unknown_customers = 0;
  for (const OrderDays& customer : customers) {
    PurchaseSummary summary;
    bool unknown = false;
    if (!customer.summary_at(origin, summary, unknown)) {
      unknown_customers += unknown ? 1 : 0;
      continue;
    }
    known.push_back(summary);
    const auto after = std::upper_bound(customer.days.begin(), customer.days.end(), origin);
    orders += static_cast<double>(std::upper_bound(after, customer.days.end(), until) - after);
  }
  const auto all = static_cast<double>(known.size() + unknown_customers);
  if (orders < kFewestOrders || static_cast<double>(unknown_customers) > kMostUnknown * all) {
    return false;
  }
  const std::vector<SummaryGroup> groups = group_summaries(known);
  const ParetoNbd model = fit_pareto_nbd(groups, prior).model;
  double expected = 0;
  for (const SummaryGroup& group : groups)
    expected += group.customers * model.expected(group.summary, (until - origin) / 7.0);
  if (!(expected > 0) || !std::isfinite(expected)) return false;
  out = {std::log(orders / expected), static_cast<double>(until - origin)};
  return true;
}

}  // namespace

bool OrderDays::summary_at(std::int32_t day, PurchaseSummary& out, bool& unknown) const {
  if (first > day) return false;
  const auto after = std::upper_bound(days.begin(), days.end(), day);
  if (after == days.begin()) {
    unknown = true;  // ordered by then, but when last is forgotten
    return false;
  }
  const auto seen = forgotten + static_cast<std::uint32_t>(after - days.begin());
  out = {seen - 1, (*(after - 1) - first) / 7.0, (day - first) / 7.0};
  return true;
}

LevelCorrection level_by_looking_back(std::span<const OrderDays> customers, std::int32_t today,
                                      std::int32_t horizon_days, const LogNormalPrior<4>& prior) {
  LevelCorrection out;
  if (customers.empty()) return out;
  std::int32_t began = today;
  for (const OrderDays& customer : customers)
    began = std::min(began, customer.first);
  const std::int32_t life = today - began;
  if (life < kShortestLife) return out;
  std::vector<LookBack> found;
  double weights = 0;
  for (const double share : kOrigins) {
    const std::int32_t origin = began + static_cast<std::int32_t>(share * life);
    LookBack one;
    if (!look_back(customers, origin, std::min(today, origin + horizon_days), prior, one)) continue;
    found.push_back(one);
    weights += one.weight;
  }
  if (found.size() < 3) return out;
  double mean = 0;
  double variance = 0;
  for (const LookBack& one : found)
    mean += one.weight / weights * one.log_ratio;
  for (const LookBack& one : found)
    variance += one.weight / weights * (one.log_ratio - mean) * (one.log_ratio - mean);
  const double error = variance / static_cast<double>(found.size() - 1);
  const double trust = kPriorSpread * kPriorSpread / (kPriorSpread * kPriorSpread + error);
  out.factor = std::exp(std::clamp(trust * mean, -kMostLog, kMostLog));
  out.log_error = std::sqrt(trust * error);
  out.origins = static_cast<unsigned>(found.size());
  return out;
}

double OrderCount::at(double share) const { return std::ceil(evenly_at(share)); }

double OrderCount::evenly_at(double share) const {
  double cumulated = 1 - alive;
  double log_term = -shape * std::log1p(mean / shape);
  const double log_odds = std::log(mean / (mean + shape));
  const auto most = static_cast<std::uint32_t>(std::min(1e5, 20 + mean * 12));
  for (std::uint32_t n = 0; n < most; ++n) {
    const double term = alive * std::exp(log_term);
    if (cumulated + term >= share) {
      return n == 0 ? 0 : n - 1 + std::clamp((share - cumulated) / term, 0.0, 1.0);
    }
    cumulated += term;
    log_term += log_odds + std::log((shape + n) / (n + 1));
  }
  return most;
}

OrderCount count_of(const ParetoNbd& model, const PurchaseSummary& customer, double horizon,
                    double level) {
  const double alive = std::clamp(model.alive(customer), 1e-9, 1.0);
  const double expected = level * model.expected(customer, horizon);
  return {alive, std::max(1e-12, expected / alive), model.r + customer.repeats};
}

double share_of_sum(std::span<const SummaryGroup> groups, const ParetoNbd& model, double horizon,
                    double level) {
  // A few thousand of the groups stand for all.
  constexpr std::size_t kMostGroups = 4'000;
  const std::size_t stride = 1 + groups.size() / kMostGroups;
  std::vector<OrderCount> counts;
  std::vector<double> sizes;
  double wanted = 0;
  for (std::size_t i = 0; i < groups.size(); i += stride) {
    counts.push_back(count_of(model, groups[i].summary, horizon, level));
    sizes.push_back(groups[i].customers);
    wanted += sizes.back() * counts.back().alive * counts.back().mean;
  }
  if (counts.empty() || !(wanted > 0)) return 0;
  double low = 0.01;
  double high = 0.999;
  for (int step = 0; step < 30; ++step) {
    const double share = (low + high) / 2;
    double sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
      sum += sizes[i] * counts[i].evenly_at(share);
    (sum < wanted ? low : high) = share;
  }
  return (low + high) / 2;
}

}  // namespace souk::segmentation
