// What shoppers do with searches: which products they take for which query, and what each of them
// likes. Written by the fold; readers have a copy of a moment (persistent_map.hpp).
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/search/fold/product_document.hpp"
#include "plugins/search/state/completions.hpp"
#include "plugins/search/state/persistent_map.hpp"

namespace souk::search {

/// What was done with one product for one query; decayed.
struct ProductRate {
  std::uint64_t product = 0;
  float seen = 0;    ///< how often it was examined: Σ propensity of the places it was shown at
  float clicks = 0;  ///< each click counts one
  float buys = 0;    ///< put into the cart: 0.5, ordered: 1
};
inline constexpr double kBuyValue = 3;  ///< clicks that an order is worth

/// One query, folded: everything that spells alike after normalized().
struct QueryEntry {
  std::string text;        ///< normalized; empty while only clicks were reported
  std::string typed;       ///< as most recently typed, trimmed
  std::int64_t at_us = 0;  ///< what is decayed is as of then
  double weight = 0;       ///< searches, decayed
  std::uint64_t searches = 0;
  std::uint64_t without_results = 0;
  std::uint64_t clicked = 0;
  std::uint64_t added = 0;
  std::uint64_t ordered = 0;
  double positions = 0;       ///< Σ positions of clicks whose position is known
  std::uint64_t placed = 0;   ///< clicks whose position is known
  std::uint32_t results = 0;  ///< found when last asked
  std::vector<ProductRate> products;

  [[nodiscard]] const ProductRate* find(std::uint64_t product) const;
};

/// Something a shopper prefers: a brand, a category.
struct Affinity {
  std::uint64_t value = 0;
  float weight = 0;
};

/// What a shopper, or a visit, likes.
struct Taste {
  std::int64_t at_us = 0;
  float total = 0;  ///< Σ weights, decayed
  std::vector<Affinity> brands;
  std::vector<Affinity> categories;
  float log_price = 0;     ///< mean of ln(price), weighted
  float price_weight = 0;  ///< how much that rests on
  float price_spread = 0;  ///< mean squared distance from it
};

/// Which search a product was clicked from.
struct Credit {
  std::uint64_t product = 0;
  std::uint64_t query = 0;
  std::int64_t at_us = 0;
};

/// A size that a shopper bought: the more of it was kept, the more it weighs.
struct SizeTaste {
  std::uint64_t kind = 0;  ///< size_kind()
  std::uint16_t size = 0;
  float weight = 0;
};

/// One shopper or one visit.
struct Person {
  Taste taste;
  std::uint64_t last_query = 0;  ///< key
  std::int64_t searched_us = 0;
  std::int64_t seen_us = 0;
  std::uint32_t searches = 0;
  std::vector<std::uint64_t> visits;    ///< of a shopper: what to forget with it
  std::vector<std::uint64_t> products;  ///< looked at in this visit, newest last
  std::vector<Credit> credits;
  std::vector<SizeTaste> sizes;         ///< of a shopper
  std::vector<std::uint64_t> segments;  ///< of a shopper: keys of those that it is in

  /// 1: one of the sizes that this shopper has of such products can be bought; -1: none of them;
  /// 0: not known.
  [[nodiscard]] int fits(const ProductFacts& facts) const;
};

struct BehaviourLimits {
  std::uint64_t max_queries = 200'000;
  std::uint64_t max_searches = 200'000;
  std::uint64_t max_people = 200'000;  ///< shoppers, and as many visits
  std::int64_t visit_gap_us = 30LL * 60 * 1'000'000;
  std::int64_t window_us = 7LL * 86'400 * 1'000'000;
  std::int64_t query_half_life_us = 60LL * 86'400 * 1'000'000;
  std::int64_t taste_half_life_us = 30LL * 86'400 * 1'000'000;
};

/// A moment, for readers.
struct BehaviourView {
  PersistentMap<QueryEntry> queries;
  PersistentMap<Person> people;
  Completions completions;
  PersistentMap<QueryEntry> segments;  ///< of a query within a segment, by segment_key()
};

/// The key of a query among the searches of one segment.
[[nodiscard]] std::uint64_t segment_key(std::uint64_t query, std::uint64_t segment);

/// How likely a shopper looks at a place of a list, from 1: the discount of DCG.
[[nodiscard]] double propensity(std::int32_t position);

class Behaviour {
 public:
  struct Who {
    std::uint64_t shopper = 0;  ///< 0: not known
    std::uint64_t visit = 0;
    std::int64_t now_us = 0;
    bool personal = true;  ///< may be kept as this person's
  };
  struct Shown {
    std::uint64_t product = 0;
    std::int32_t position = 0;
  };

  void set_limits(const BehaviourLimits& limits) { limits_ = limits; }

  /// Somebody searched. `query_id` 0: none was given. `results` below 0: not known.
  void searched(const Who& who, std::string_view query, std::uint64_t query_id,
                std::int64_t results);
  /// Somebody did something with an answer to a search that nobody reported: it is known by its key
  /// alone.
  void implied(const Who& who, std::uint64_t query, std::uint64_t query_id);
  /// Whether a search with this id was reported, or implied, and is remembered.
  [[nodiscard]] bool knows(std::uint64_t query_id) const { return open_.contains(query_id); }
  /// Products of a search were shown. `query` is a key.
  void shown(const Who& who, std::uint64_t query, const std::vector<Shown>& products);
  /// The key of the query behind an id, or else the visit's last one while that goes on; 0: none.
  [[nodiscard]] std::uint64_t query_of(const Who& who, std::uint64_t query_id,
                                       bool from_visit) const;
  /// Says whether it is the first click of this search. `query_id` 0: of the visit's last one.
  bool clicked(const Who& who, std::uint64_t query, std::uint64_t query_id, std::uint64_t product,
               std::int32_t position);
  /// Put into the cart, or ordered; credited to `query`, or to the search it was clicked from. Says
  /// which query that was; 0: none.
  std::uint64_t bought(const Who& who, std::uint64_t query, std::uint64_t product, bool ordered);
  /// Whatever says what somebody likes.
  void liked(const Who& who, std::uint64_t product, const ProductFacts& facts, double weight);

  /// Something of this size was bought, or came back: state/behaviour_segments.cpp.
  void sized(const Who& who, std::uint64_t kind, std::uint16_t size, bool kept);
  /// The shopper is in this segment now, or no longer.
  void in_segment(const Who& who, std::uint64_t segment, bool inside);

  void merge(std::uint64_t from, std::uint64_t into);
  void forget(std::uint64_t person);
  /// What is known now; null: nothing. Until the next change.
  [[nodiscard]] const QueryEntry* query(std::uint64_t key) const { return queries_.find(key); }
  [[nodiscard]] const Person* person(std::uint64_t key) const { return people_.find(key); }
  [[nodiscard]] const QueryEntry* segment(std::uint64_t key) const { return segments_.find(key); }

  [[nodiscard]] BehaviourView share() {
    return {queries_.share(), people_.share(), completions_.share(), segments_.share()};
  }
  [[nodiscard]] std::size_t queries() const { return queries_.size(); }
  [[nodiscard]] std::size_t people() const { return people_.size(); }
  [[nodiscard]] std::uint64_t queries_dropped() const { return queries_dropped_; }
  [[nodiscard]] std::uint64_t people_forgotten() const { return people_forgotten_; }
  [[nodiscard]] std::uint64_t searches() const { return searches_; }
  [[nodiscard]] std::uint64_t clicks() const { return clicks_; }
  [[nodiscard]] std::uint64_t orders() const { return orders_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  struct Search {
    std::uint64_t query = 0;
    std::int64_t at_us = 0;
    bool clicked = false;
  };
  bool first_click(const Who& who, std::uint64_t query, std::uint64_t query_id);
  std::shared_ptr<QueryEntry> open_query(std::uint64_t key, std::int64_t now_us) const;
  void fade(QueryEntry& entry, std::int64_t now_us) const;
  /// change(entry) for the query within each segment of the shopper.
  template <class Change>
  void in_segments(const Who& who, std::uint64_t query, Change&& change);
  void limit_segments();
  std::shared_ptr<Person> open_person(std::uint64_t key) const;
  void close_person(std::uint64_t key, std::shared_ptr<Person> person);
  ProductRate* rate_of(QueryEntry& entry, std::uint64_t product) const;
  void remember(const Who& who, std::uint64_t query, std::uint64_t query_id);
  void limit_queries();
  void limit_people();

  BehaviourLimits limits_;
  PersistentMap<QueryEntry> queries_;
  PersistentMap<Person> people_;
  Completions completions_;
  PersistentMap<QueryEntry> segments_;
  std::unordered_map<std::uint64_t, Search> open_;  ///< by key of the query id
  std::deque<std::uint64_t> open_order_;
  std::uint64_t queries_dropped_ = 0;
  std::uint64_t people_forgotten_ = 0;
  std::uint64_t searches_ = 0;
  std::uint64_t clicks_ = 0;
  std::uint64_t orders_ = 0;
};

}  // namespace souk::search
