// How products that match are ordered: the relevance of the text, times factors that each have a
// name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/search/serve/question.hpp"
#include "plugins/search/settings.hpp"
#include "plugins/search/state/known.hpp"
#include "plugins/search/state/popularity.hpp"

namespace souk::search {

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
  };
  void prepare(const Setup& setup);
  /// Fixes what popularity is measured against: the mean of what is ranked.
  void set_mean_popularity(double mean) { mean_popularity_ = mean; }

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
  /// How much more than others of its query the product is clicked and bought; 1: as much.
  [[nodiscard]] double lift(std::uint64_t product) const;

 private:
  struct Weighed {
    const Taste* taste = nullptr;
    double weight = 0;
  };
  double multiply(std::uint64_t product, std::uint32_t number, const ProductFacts& facts,
                  std::vector<Factor>* factors) const;
  [[nodiscard]] double taste_factor(const ProductFacts& facts) const;

  RankingWeights weights_;
  const QueryEntry* query_ = nullptr;
  const Popularity* popularity_ = nullptr;
  std::int64_t half_life_us_ = 1;
  std::int64_t now_us_ = 0;
  double mean_popularity_ = 1;
  double prior_rate_ = 0;     ///< of the query: clicks and purchases an examination
  bool lists_known_ = false;  ///< the storefront says what it showed
  std::vector<Weighed> tastes_;
  std::vector<std::uint64_t> seen_;  ///< by this shopper
  bool personal_ = false;
};

}  // namespace souk::search
