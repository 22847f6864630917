// How products that match are ordered: the relevance of the text, times factors that each have a
// name.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "plugins/search/model/rank_features.hpp"
#include "plugins/search/serve/question.hpp"
#include "plugins/search/settings.hpp"
#include "plugins/search/state/known.hpp"
#include "plugins/search/state/opinions.hpp"
#include "plugins/search/state/popularity.hpp"

namespace souk::search {

/// Ln of the geometric mean of prices.
class MeanLogPrice {
 public:
  void add(float price) {
    if (!(price > 0)) return;
    sum_ += std::log(static_cast<double>(price));
    ++count_;
  }
  [[nodiscard]] double value() const { return count_ > 0 ? sum_ / count_ : 0; }

 private:
  double sum_ = 0;
  int count_ = 0;
};

/// What was taken for a query, as rates that are shrunk to its mean.
class QueryRates {
 public:
  QueryRates() = default;
  explicit QueryRates(const QueryEntry* query);
  /// Whether anything is known of the query.
  explicit operator bool() const { return query_ != nullptr; }
  /// How much more than others of its query the product is clicked and bought; 1: as much.
  [[nodiscard]] double lift(std::uint64_t product) const;
  /// How much more than `shop` says, by the searches of one segment; 1: as much.
  [[nodiscard]] double lift_over(const QueryRates& shop, std::uint64_t product) const;

 private:
  [[nodiscard]] double looks(const ProductRate& rate) const;
  const QueryEntry* query_ = nullptr;
  double prior_rate_ = 0;     ///< clicks and purchases an examination
  bool lists_known_ = false;  ///< the storefront says what it showed
};

/// Prepared for one question, then asked for each product.
class Ranker {
 public:
  struct Setup {
    const RankingWeights& weights;
    const QueryEntry* query = nullptr;  ///< what is known of the same query
    const Person* visit = nullptr;
    const Person* shopper = nullptr;
    const Popularity* popularity = nullptr;
    std::int64_t half_life_us = 0;
    std::int64_t now_us = 0;
    /// Of the same query among the shopper's segments.
    std::vector<const QueryEntry*> segments = {};
    const Opinion* opinion = nullptr;  ///< of other plugins; outlives what is asked of the ranker
  };
  void prepare(const Setup& setup);
  /// Fixes what popularity and price are measured against: the means of what is ranked.
  void set_means(double popularity, double log_price) {
    mean_popularity_ = popularity;
    mean_log_price_ = log_price;
  }

  [[nodiscard]] double popularity(std::uint32_t number) const;
  /// The product of all factors.
  [[nodiscard]] double factor(std::uint64_t product, std::uint32_t number,
                              const ProductFacts& facts) const {
    return multiply(product, number, facts, nullptr);
  }
  /// Appends those of them that are not 1.
  void explain(std::uint64_t product, std::uint32_t number, const ProductFacts& facts,
               std::vector<Factor>& factors) const {
    static_cast<void>(multiply(product, number, facts, &factors));
  }
  /// Whether anything is known of this shopper.
  [[nodiscard]] bool personal() const { return personal_; }
  /// What a learned ranker looks at, but for the text.
  [[nodiscard]] RankRow features(std::uint64_t product, std::uint32_t number,
                                 const ProductFacts& facts) const;

 private:
  struct Weighed {
    const Taste* taste = nullptr;
    double weight = 0;
  };
  double multiply(std::uint64_t product, std::uint32_t number, const ProductFacts& facts,
                  std::vector<Factor>* factors) const;
  /// `personal` 1: as usual.
  [[nodiscard]] double taste_factor(const ProductFacts& facts, double personal) const;
  [[nodiscard]] static double gain_of(const Taste& taste, const ProductFacts& facts);
  [[nodiscard]] bool seen(std::uint64_t product) const;
  [[nodiscard]] double newness(const ProductFacts& facts) const;
  /// 1: there is one of the shopper's size, -1: there is none, 0: nothing is known.
  [[nodiscard]] int size_fit(const ProductFacts& facts) const;
  [[nodiscard]] double segment_lift(std::uint64_t product) const;

  RankingWeights weights_;
  QueryRates rates_;
  std::vector<QueryRates> segments_;
  const Popularity* popularity_ = nullptr;
  std::int64_t half_life_us_ = 1;
  std::int64_t now_us_ = 0;
  double mean_popularity_ = 1;
  double mean_log_price_ = 0;
  const Person* sizes_ = nullptr;  ///< whose sizes are known
  std::vector<Weighed> tastes_;
  std::vector<std::uint64_t> seen_;  ///< by this shopper
  const Opinion* opinion_ = nullptr;
  bool personal_ = false;
};

}  // namespace souk::search
