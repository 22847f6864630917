#include "plugins/search/serve/ranking.hpp"

#include <algorithm>
#include <cmath>

namespace souk::search {
namespace {

constexpr double kPriorLooks = 4;  ///< examinations a rate is shrunk by
constexpr double kBuyValue = 3;    ///< clicks that an order is worth
constexpr double kLeastLift = 0.5;
constexpr double kMostLift = 6;
constexpr double kPopularityGain = 1.0;
constexpr double kRatingGain = 0.4;
constexpr double kNewnessGain = 0.5;
constexpr double kMarginGain = 0.5;
constexpr double kNewnessHalfLifeS = 30.0 * 86'400;
// What is known of the visit counts more than what is known of the person: it is what is wanted
// now.
constexpr double kVisitWeight = 1;
constexpr double kShopperWeight = 0.7;
constexpr double kPriorTaste = 4;  ///< weight of acts before a taste is believed by half
constexpr double kBrandGain = 0.8;
constexpr double kCategoryGain = 0.6;
constexpr double kPriceGain = 0.4;

constexpr double kSeenGain = 0.7;  ///< of what this shopper looked at before: many come back to it

double share(const std::vector<Affinity>& list, std::uint64_t value, double total) {
  if (value == 0) return 0;
  for (const Affinity& affinity : list) {
    if (affinity.value == value) return affinity.weight / (total + kPriorTaste);
  }
  return 0;
}

}  // namespace

void Ranker::prepare(const Setup& setup) {
  weights_ = setup.weights;
  query_ = setup.query;
  popularity_ = setup.popularity;
  half_life_us_ = std::max<std::int64_t>(1, setup.half_life_us);
  now_us_ = setup.now_us;
  mean_popularity_ = 1;
  prior_rate_ = 0;
  lists_known_ = false;
  if (query_ != nullptr) {
    double seen = 0;
    double done = 0;
    double clicks = 0;
    for (const ProductRate& rate : query_->products) {
      seen += rate.seen;
      clicks += rate.clicks;
      done += rate.clicks + kBuyValue * rate.buys;
    }
    lists_known_ = seen >= 2 * clicks;
    const double looks =
        lists_known_ ? seen : query_->weight * static_cast<double>(query_->products.size());
    prior_rate_ = (done + 0.5) / (looks + 5);
  }
  tastes_.clear();
  seen_.clear();
  for (const Person* person : {setup.visit, setup.shopper}) {
    if (person != nullptr) {
      seen_.insert(seen_.end(), person->products.begin(), person->products.end());
    }
  }
  const auto add = [&](const Person* person, double weight) {
    if (person != nullptr && person->taste.total > 0) tastes_.push_back({&person->taste, weight});
  };
  add(setup.visit, kVisitWeight);
  add(setup.shopper, kShopperWeight);
  personal_ = !tastes_.empty() && weights_.personal > 0;
}

double Ranker::popularity(std::uint32_t number) const {
  return popularity_ == nullptr ? 0 : popularity_->at(number, now_us_, half_life_us_);
}

double Ranker::lift(std::uint64_t product) const {
  if (query_ == nullptr || prior_rate_ <= 0) return 1;
  const ProductRate* rate = query_->find(product);
  if (rate == nullptr) return 1;
  // Clicks over expected clicks (Zhang, Jones, CIKM 2007): a click at a place that few look at says
  // more; shrunk towards the mean of the query.
  const double looks = lists_known_ ? rate->seen : query_->weight;
  const double done = rate->clicks + kBuyValue * rate->buys;
  const double estimate = (done + kPriorLooks * prior_rate_) / (looks + kPriorLooks);
  return std::clamp(estimate / prior_rate_, kLeastLift, kMostLift);
}

double Ranker::taste_factor(const ProductFacts& facts) const {
  double factor = 1;
  for (const auto& [taste, weight] : tastes_) {
    double gain = kBrandGain * share(taste->brands, facts.brand, taste->total) +
                  kCategoryGain * (share(taste->categories, facts.category, taste->total) +
                                   share(taste->categories, facts.parent, taste->total));
    if (taste->price_weight > 2 && facts.price > 0) {
      const double spread = std::max(0.15, static_cast<double>(taste->price_spread));
      const double away = std::log(facts.price) - taste->log_price;
      const double trust = taste->price_weight / (taste->price_weight + kPriorTaste);
      gain += kPriceGain * trust * (std::exp(-away * away / (2 * spread)) - 0.5);
    }
    factor *= std::max(0.3, 1 + weights_.personal * weight * gain);
  }
  return factor;
}

double Ranker::multiply(std::uint64_t product, std::uint32_t number, const ProductFacts& facts,
                        std::vector<Factor>* factors) const {
  double all = 1;
  const auto times = [&](std::string_view name, double value) {
    all *= value;
    if (factors != nullptr && value != 1) factors->push_back({name, value});
  };
  if (weights_.behaviour > 0 && query_ != nullptr) {
    times("clicks and orders", std::pow(lift(product), 0.6 * weights_.behaviour));
  }
  if (weights_.popularity > 0) {
    const double popular = popularity(number);
    const double part = popular / (popular + std::max(mean_popularity_, 1e-9));
    times("popularity", 1 + kPopularityGain * weights_.popularity * part);
  }
  if (personal_) {
    times("this shopper", taste_factor(facts));
    const bool seen = std::find(seen_.begin(), seen_.end(), product) != seen_.end();
    times("looked at before", seen ? 1 + kSeenGain * weights_.personal : 1);
  }
  if (weights_.rating > 0) {
    times("rating", 1 + kRatingGain * weights_.rating * (facts.rating - 0.7));
  }
  if (weights_.newness > 0 && facts.since_s > 0) {
    const double age = static_cast<double>(now_us_) / 1e6 - facts.since_s;
    times("newness",
          1 + kNewnessGain * weights_.newness * std::exp2(-std::max(0.0, age) / kNewnessHalfLifeS));
  }
  if (weights_.margin > 0 && std::isfinite(facts.margin)) {
    times("margin",
          std::max(0.1, 1 + kMarginGain * weights_.margin *
                                std::clamp(static_cast<double>(facts.margin), -1.0, 1.0)));
  }
  return all;
}

}  // namespace souk::search
