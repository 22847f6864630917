// Searches with what was shown and what became of it: what a ranker is learned from.
//
// Of each product the features as they were when it was shown are kept, a byte each, so that
// nothing is learned from what happened later. Bounded: when there are too many, first only every
// second search is kept, then every fourth … as long as what is kept does not span `span_us`;
// which ones is a function of their ids, so the same log keeps the same. After that the oldest give
// way. Everything not kept is counted.
//
// One thread, the fold's. Examples themselves are immutable and may be read by a job.
#pragma once

#include <souk/snapshot.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "plugins/search/model/rank_features.hpp"

namespace souk::search {

struct ExampleItem {
  std::uint64_t product = 0;
  std::uint16_t position = 0;  ///< from 1, over all pages
  std::uint8_t outcome = 0;
  std::uint8_t present = 0;  ///< ln of the factors set by hand, see kPresentInfo
  std::array<std::uint8_t, kMomentFeatures> features{};
};

struct Example {
  std::uint64_t id = 0;       ///< of the search
  std::uint64_t query = 0;    ///< key
  std::uint64_t shopper = 0;  ///< 0: not known, or not to be kept
  std::uint64_t visit = 0;
  std::int64_t at_us = 0;
  std::vector<ExampleItem> items;
  [[nodiscard]] bool taken() const;
};

struct ExampleLimits {
  std::uint64_t max_examples = 20'000;  ///< 0: none are kept
  std::int64_t span_us = 28LL * 86'400 * 1'000'000;
};

class Examples {
 public:
  enum Outcome : std::uint8_t { nothing = 0, clicked = 1, added = 2, ordered = 3 };
  static constexpr std::size_t kMostItems = 40;
  using List = std::vector<std::shared_ptr<const Example>>;

  void set_limits(const ExampleLimits& limits);

  /// Whether a search of this id is to be kept; counts it as seen when it is a new one.
  [[nodiscard]] bool wanted(std::uint64_t id);
  /// The example of this search, or of the latest of this person for the same query, if it has any
  /// of `products`. Null: a new one.
  [[nodiscard]] const Example* find(std::uint64_t id) const;
  [[nodiscard]] std::uint64_t latest_of(std::uint64_t person) const;
  /// Adds, or appends the items that are new to the example of the same id.
  void add(Example example);
  /// What became of a product; the greatest of several counts.
  void outcome(std::uint64_t id, std::uint64_t product, Outcome outcome);

  /// Takes out everything of a person.
  void forget(std::uint64_t person);
  /// What was one person's is another's.
  void rename(std::uint64_t from, std::uint64_t into);

  /// Those there are, oldest first.
  [[nodiscard]] List share() const { return {kept_.begin(), kept_.end()}; }
  [[nodiscard]] std::size_t size() const { return kept_.size(); }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  /// Searches that came with what they showed, ever.
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  /// Of those, how many were left out or have given way.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Every so-manieth search is kept.
  [[nodiscard]] std::uint64_t one_in() const { return std::uint64_t{1} << level_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  [[nodiscard]] bool sampled(std::uint64_t id) const;
  void make_room(std::int64_t now_us);
  void drop_oldest();
  template <class Keep>
  void keep_if(Keep&& keep);
  void index(const Example& example, std::uint64_t number);

  ExampleLimits limits_;
  std::deque<std::shared_ptr<const Example>> kept_;
  std::uint64_t first_number_ = 0;                              ///< of kept_.front()
  std::unordered_map<std::uint64_t, std::uint64_t> by_id_;      ///< id → number
  std::unordered_map<std::uint64_t, std::uint64_t> by_person_;  ///< shopper or visit → latest id
  unsigned level_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace souk::search
