#include "plugins/recommendations/model/basket_features.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/recommendations/model/quick_log.hpp"

namespace souk::recommendations {
namespace {

float log_above(double value, double floor) { return quick_log(static_cast<float>(value + floor)); }
float logit(double p) {
  const double inside = std::clamp(p, 1e-4, 1 - 1e-4);
  return quick_log(static_cast<float>(inside / (1 - inside)));
}

// A product among other products' orders; the middle of stores' logarithms, about which products
// of features turn.
constexpr float kMiddlePopularity = -5;

void describe_own(const BasketShopper& shopper, const Purchase& purchase, std::uint32_t now_s,
                  const Repurchase& repurchase, BasketScratch::Row& row) {
  const double gap = shopper.gap(purchase);
  row[kFrequency] = log_above(static_cast<double>(shopper.frequency(purchase)), 0.001);
  row[kRecency] = log_above(static_cast<double>(shopper.recent(purchase)), 0.01);
  row[kTimes] = log_above(purchase.times, 0);
  row[kInLast] = gap <= 1 ? 1 : 0;
  row[kGap] = log_above(gap, 0);
  row[kAge] = log_above(std::max(1.0, shopper.orders - purchase.first_order + 1), 0);
  row[kOnce] = purchase.times <= 1 ? 1 : 0;
  const double ripe = repurchase.intervals_passed(purchase, now_s);
  row[kRipe] = static_cast<float>(std::min(ripe, 1.0));
  row[kOverripe] = log_above(std::max(ripe, 1.0), 0);
  row[kRate] = logit(repurchase.rate(purchase.item, false));
  row[kRecentRate] = logit(repurchase.rate(purchase.item, true));
  row[kShareAgain] = log_above(repurchase.share_again(purchase.item), 0.001);
}

}  // namespace

void describe_basket_candidates(const PurchaseHistory& history, const BasketShopper& shopper,
                                std::uint32_t now_s, const BasketSources& sources,
                                BasketScratch& scratch) {
  scratch.rows.resize(scratch.candidates.size());
  float taste = 0, times = 0;
  const auto& entries = scratch.evidence.entries();
  for (std::size_t i = 0; i < scratch.candidates.size(); ++i) {
    const auto& entry = entries[scratch.candidates[i]];
    auto& row = scratch.rows[i];
    row.fill(0);
    row[kBias] = 1;
    row[kHabit] = shopper.habit;
    row[kLines] = shopper.lines;
    row[kPopular] = log_above(sources.repurchase.popularity(entry.key, false), 1e-4);
    row[kPopularNow] = log_above(sources.repurchase.popularity(entry.key, true), 1e-4);
    row[kCompany] = static_cast<float>(sources.repurchase.log_lines(entry.key));
    row[kWithHistory] = log_above(static_cast<double>(entry.value.with_history), 0.003);
    row[kWithLast] = log_above(static_cast<double>(entry.value.with_last), 0.01);
    row[kAfterLast] = log_above(static_cast<double>(entry.value.after_last), 0.001);
    if (entry.value.purchase == 0) continue;
    const Purchase& purchase = history.items[entry.value.purchase - 1];
    describe_own(shopper, purchase, now_s, sources.repurchase, row);
    taste += static_cast<float>(purchase.times) * row[kPopular];
    times += static_cast<float>(purchase.times);
  }
  taste = times > 0 ? taste / times : kMiddlePopularity;
  for (auto& row : scratch.rows) {
    row[kTaste] = (row[kPopular] - kMiddlePopularity) * (taste - kMiddlePopularity);
    row[kOffTaste] = std::abs(row[kPopular] - taste);
  }
}

}  // namespace souk::recommendations
