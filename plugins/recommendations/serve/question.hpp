// A question, understood: names are numbers, the shopper's state is read, settings are resolved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/recommendations/serve/expression_program.hpp"
#include "plugins/recommendations/serve/item_list.hpp"
#include "plugins/recommendations/serve/placements.hpp"
#include "plugins/recommendations/serve/sensitive.hpp"
#include "plugins/recommendations/settings.hpp"
#include "plugins/recommendations/state/profile.hpp"
#include "plugins/recommendations/state/store_state.hpp"
#include "souk/v1/recommendations.pb.h"

namespace souk::recommendations {

/// Re-used from question to question by one thread.
struct Question {
  /// So many products of a cart say what goes with it; all of them stay out of the answer.
  static constexpr std::size_t kCartSeeds = 50;
  static constexpr std::size_t kMostQueryWords = 8;

  Wish wish;                  ///< what is asked for, with what its placement says
  Kind kind = Kind::for_you;  ///< that is asked now; of several, one after the other
  std::uint32_t limit = Wish::kDefaultLimit;
  bool explain = false;
  bool include_seen = false;
  double exploration = 0;  ///< share of requests that try out what is uncertain
  std::int64_t now_us = 0;
  std::string currency;    ///< of the catalog's prices; empty: the store's
  std::uint64_t seed = 0;  ///< of the request: what is drawn by lot is drawn from it

  ItemId product = kNoItem;      ///< the one that the page is about
  bool product_unknown = false;  ///< named, and never heard of
  std::vector<ItemId> session;   ///< the visit so far, oldest first, without unknown products
  std::vector<ItemId> history;   ///< what was seen in visits before, oldest first
  std::vector<ItemId> past;      ///< history and purchases by time, oldest first
  bool history_given = false;    ///< by the request, which knows the shopper better than the log
  std::vector<ItemId> cart;      ///< the newest kCartSeeds products
  std::vector<CategoryId> exclude_categories;
  bool by_category = false;
  CategoryId category = kNoCategory;  ///< kNoCategory with by_category: no product is in it
  std::uint32_t account = kNoItem;
  bool has_account = false;
  std::string_view segment;        ///< of the shopper, as the request says; empty: not said
  SegmentId segment_id = kNoItem;  ///< that one, else the one that the shopper joined last
  PersonKey person;                ///< whose profile it is; empty: nobody's
  Profile profile;
  ServingSettings settings;
  Shoppers::Scratch scratch;

  // What may be shown besides.
  ItemList excluded;            ///< by the request and by the settings
  ItemList shown;               ///< in other placements of the page
  ItemList in_cart;             ///< all of the cart
  std::int64_t min_price = -1;  ///< minor units; -1: any
  std::int64_t max_price = -1;
  Program placement_filter;
  Program filter;
  // What comes first.
  std::vector<Program> boosts;  ///< the first boost_factors.size() of them
  std::vector<double> boost_factors;
  std::vector<std::string> query_words;  ///< small letters
  // What is kept discreet.
  SensitiveCategories sensitive;
  bool sensitive_page = false;  ///< the page is about such a product or category

  /// Understands a request. INVALID_ARGUMENT names the field, its value and what is allowed. The
  /// request and the settings must outlive the answering.
  Status read(const souk::v1::RecommendRequest& request, std::string_view account_id,
              const StoreState& state, const v1::Settings& settings, std::int64_t now);

  /// Whether this request is one that tries out.
  [[nodiscard]] bool explores() const {
    constexpr double kUnit = 1.0 / 18446744073709551616.0;  // 2^-64
    return static_cast<double>(seed) * kUnit < exploration;
  }
  [[nodiscard]] bool by_price() const { return min_price >= 0 || max_price >= 0; }
  /// Whether the best of more products than are asked for must be found.
  [[nodiscard]] bool reranks() const {
    return !boost_factors.empty() || !query_words.empty() || wish.diversity > 0 ||
           wish.max_per_brand > 0;
  }

 private:
  void clear();
  void read_policy(const souk::v1::RecommendRequest& request, const StoreState& state,
                   const v1::Settings& settings);
  void add_boosts(const std::vector<BoostRule>* rules, const StoreState& state, double minor_units);
  void read_query(std::string_view query);
  void read_person(const souk::v1::RecommendRequest& request, const StoreState& state);
  void read_session(const souk::v1::RecommendRequest& request, const StoreState& state);
  void read_segment(const StoreState& state);
  void read_past(VisitKey visit);
  void be_discreet(const v1::Settings& settings, const StoreState& state);

  ExpressionCache expressions_;
};

}  // namespace souk::recommendations
