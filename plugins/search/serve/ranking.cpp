#include "plugins/search/serve/ranking.hpp"

#include <algorithm>
#include <cmath>

namespace souk::search {
namespace {

constexpr double kPriorLooks = 4;  ///< examinations a rate is shrunk by
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

constexpr double kSizeThere = 1.1;
constexpr double kSizeMissing = 0.6;
// A segment is a part of the shop: it must say more before it is believed than the shop itself.
constexpr double kSegmentLooks = 10;
constexpr double kMostSegmentLift = 2.5;
constexpr double kSeenGain = 0.7;  ///< of what this shopper looked at before: many come back to it

// What others say rests on much of the same that is known here, so it counts for less.
constexpr double kElsewhere = 0.5;
constexpr double kRecommendedGain = 0.5;  ///< of what would be recommended first

double share(const std::vector<Affinity>& list, std::uint64_t value, double total) {
  if (value == 0) return 0;
  for (const Affinity& affinity : list) {
    if (affinity.value == value) return affinity.weight / (total + kPriorTaste);
  }
  return 0;
}

}  // namespace

QueryRates::QueryRates(const QueryEntry* query) : query_(query) {
  if (query_ == nullptr) return;
  double seen = 0;
  double done = 0;
  double clicks = 0;
  for (const ProductRate& rate : query_->products) {
    seen += rate.seen;
    clicks += rate.clicks;
    done += rate.clicks + kBuyValue * rate.buys;
  }
  lists_known_ = seen >= 2 * clicks;
  const double all =
      lists_known_ ? seen : query_->weight * static_cast<double>(query_->products.size());
  prior_rate_ = (done + 0.5) / (all + 5);
}

double QueryRates::looks(const ProductRate& rate) const {
  return lists_known_ ? rate.seen : query_->weight;
}

double QueryRates::lift(std::uint64_t product) const {
  if (query_ == nullptr || prior_rate_ <= 0) return 1;
  const ProductRate* rate = query_->find(product);
  if (rate == nullptr) return 1;
  // Clicks over expected clicks (Zhang, Jones, CIKM 2007): a click at a place that few look at says
  // more; shrunk towards the mean of the query.
  const double done = rate->clicks + kBuyValue * rate->buys;
  const double estimate = (done + kPriorLooks * prior_rate_) / (looks(*rate) + kPriorLooks);
  return std::clamp(estimate / prior_rate_, kLeastLift, kMostLift);
}

double QueryRates::lift_over(const QueryRates& shop, std::uint64_t product) const {
  const ProductRate* rate = query_ == nullptr ? nullptr : query_->find(product);
  const double expected = shop.prior_rate_ * shop.lift(product);
  if (rate == nullptr || expected <= 0) return 1;
  const double done = rate->clicks + kBuyValue * rate->buys;
  const double estimate = (done + kSegmentLooks * expected) / (looks(*rate) + kSegmentLooks);
  return std::clamp(estimate / expected, 1 / kMostSegmentLift, kMostSegmentLift);
}

void Ranker::prepare(const Setup& setup) {
  weights_ = setup.weights;
  popularity_ = setup.popularity;
  half_life_us_ = std::max<std::int64_t>(1, setup.half_life_us);
  now_us_ = setup.now_us;
  mean_popularity_ = 1;
  mean_log_price_ = 0;
  rates_ = QueryRates(setup.query);
  segments_.clear();
  for (const QueryEntry* segment : setup.segments)
    segments_.emplace_back(segment);
  sizes_ = setup.shopper != nullptr && !setup.shopper->sizes.empty() ? setup.shopper : nullptr;
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
  personal_ = (!tastes_.empty() || sizes_ != nullptr) && weights_.personal > 0;
  opinion_ = setup.opinion;
}

double Ranker::popularity(std::uint32_t number) const {
  return popularity_ == nullptr ? 0 : popularity_->at(number, now_us_, half_life_us_);
}

double Ranker::gain_of(const Taste& taste, const ProductFacts& facts) {
  double gain = kBrandGain * share(taste.brands, facts.brand, taste.total) +
                kCategoryGain * (share(taste.categories, facts.category, taste.total) +
                                 share(taste.categories, facts.parent, taste.total));
  if (taste.price_weight > 2 && facts.price > 0) {
    const double spread = std::max(0.15, static_cast<double>(taste.price_spread));
    const double away = std::log(facts.price) - taste.log_price;
    const double trust = taste.price_weight / (taste.price_weight + kPriorTaste);
    gain += kPriceGain * trust * (std::exp(-away * away / (2 * spread)) - 0.5);
  }
  return gain;
}

double Ranker::taste_factor(const ProductFacts& facts, double personal) const {
  double factor = 1;
  for (const auto& [taste, weight] : tastes_)
    factor *= std::max(0.3, 1 + personal * weight * gain_of(*taste, facts));
  return factor;
}

bool Ranker::seen(std::uint64_t product) const {
  return std::find(seen_.begin(), seen_.end(), product) != seen_.end();
}

double Ranker::newness(const ProductFacts& facts) const {
  if (facts.since_s == 0) return 0;
  const double age = static_cast<double>(now_us_) / 1e6 - facts.since_s;
  return std::exp2(-std::max(0.0, age) / kNewnessHalfLifeS);
}

int Ranker::size_fit(const ProductFacts& facts) const {
  return sizes_ == nullptr ? 0 : sizes_->fits(facts);
}

double Ranker::segment_lift(std::uint64_t product) const {
  // Several segments: their mean, so that belonging to many does not count more.
  double sum = 0;
  for (const QueryRates& segment : segments_)
    sum += std::log(segment.lift_over(rates_, product));
  return segments_.empty() ? 1 : std::exp(sum / static_cast<double>(segments_.size()));
}

RankRow Ranker::features(std::uint64_t product, std::uint32_t number,
                         const ProductFacts& facts) const {
  RankRow row{};
  const auto set = [&row](RankFeature feature, double value) {
    row[static_cast<std::size_t>(feature)] = static_cast<float>(value);
  };
  set(RankFeature::kBehaviour, std::log(rates_.lift(product)));
  set(RankFeature::kPopularity, std::log1p(popularity(number)));
  set(RankFeature::kTaste, tastes_.empty() ? 0 : std::log(taste_factor(facts, 1)));
  set(RankFeature::kSeen, seen(product) ? 1 : 0);
  set(RankFeature::kRating, static_cast<double>(facts.rating));
  set(RankFeature::kNewness, newness(facts));
  if (std::isfinite(facts.margin)) set(RankFeature::kMargin, static_cast<double>(facts.margin));
  if (facts.price > 0)
    set(RankFeature::kPrice, std::log(static_cast<double>(facts.price)) - mean_log_price_);
  set(RankFeature::kSellable, facts.sellable ? 1 : 0);
  set(RankFeature::kSize, size_fit(facts));
  set(RankFeature::kSegment, std::log(segment_lift(product)));
  return row;
}

double Ranker::multiply(std::uint64_t product, std::uint32_t number, const ProductFacts& facts,
                        std::vector<Factor>* factors) const {
  double all = 1;
  const auto times = [&](std::string_view name, double value) {
    all *= value;
    if (factors != nullptr && value != 1) factors->push_back({name, value});
  };
  if (weights_.behaviour > 0 && rates_) {
    const double lift = rates_.lift(product);
    times("clicks and orders", lift == 1 ? 1 : std::pow(lift, 0.6 * weights_.behaviour));
    if (!segments_.empty()) {
      times("segment",
            std::pow(segment_lift(product), 0.6 * weights_.behaviour * weights_.segments));
    }
  }
  if (weights_.popularity > 0) {
    const double popular = popularity(number);
    const double part = popular / (popular + std::max(mean_popularity_, 1e-9));
    times("popularity", 1 + kPopularityGain * weights_.popularity * part);
  }
  if (personal_) {
    times("this shopper", taste_factor(facts, weights_.personal));
    times("looked at before", seen(product) ? 1 + kSeenGain * weights_.personal : 1);
    const int fit = size_fit(facts);
    times("size", fit == 0 ? 1 : std::pow(fit > 0 ? kSizeThere : kSizeMissing, weights_.personal));
  }
  if (opinion_ != nullptr) {
    const auto taste = [&](const Taste& of, double weight) {
      return of.total > 0 ? std::max(0.3, 1 + kElsewhere * weight * gain_of(of, facts)) : 1;
    };
    times("profile", taste(opinion_->profile, weights_.segments));
    times("liked elsewhere", taste(opinion_->recommended, weights_.recommendations));
    const auto recommended = static_cast<double>(opinion_->share(product));
    times("recommended", 1 + kRecommendedGain * weights_.recommendations * recommended);
  }
  if (weights_.rating > 0) {
    times("rating", 1 + kRatingGain * weights_.rating * (facts.rating - 0.7));
  }
  if (weights_.newness > 0 && facts.since_s > 0) {
    times("newness", 1 + kNewnessGain * weights_.newness * newness(facts));
  }
  if (weights_.margin > 0 && std::isfinite(facts.margin)) {
    times("margin",
          std::max(0.1, 1 + kMarginGain * weights_.margin *
                                std::clamp(static_cast<double>(facts.margin), -1.0, 1.0)));
  }
  return all;
}

}  // namespace souk::search
