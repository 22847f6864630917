// What is popular with the shoppers of a segment: decayed counts of few products a segment, drawn
// to the whole shop's trend where a segment has little to say.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/published_ring.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"
#include "plugins/recommendations/model/trending.hpp"

namespace souk::recommendations {

/// A segment inside the models, numbered by the caller (an ItemDictionary of its own does it).
using SegmentId = std::uint32_t;

struct SegmentTrendsSettings {
  std::uint32_t max_segments = 100;                  ///< 1 … 10,000
  std::uint32_t items = 256;                         ///< products counted a segment, 8 … 4,096
  std::int64_t half_life_us = 3LL * 86'400'000'000;  ///< a second … ten years; three days
  std::uint32_t publish_every = 64;  ///< events a list may lag behind, 1 … 100,000
};

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed.
[[nodiscard]] Status validate(const SegmentTrendsSettings& settings);

/// For each segment the heavy hitters of its events by Space-Saving (Metwally, Agrawal, El Abbadi,
/// ICDT 2005) over forward-decayed weights (as Trending): a product that is not among the counted
/// takes the place of the least one and inherits its count as error, so what is read is count less
/// error, which never exceeds the true count. Memory is max_segments · items · 20 bytes and four
/// published copies.
///
/// How many people are behind a segment is known from below: each sets one of 64 bits, so n bits
/// are at least n people.
///
/// Threads: one writer observes and publishes; any thread reads, without locks.
class SegmentTrends {
 public:
  explicit SegmentTrends(const SegmentTrendsSettings& settings = {});

  /// Counts `weight` (finite, above 0) for the item in the segment. False, and counted as dropped,
  /// when the segment is not below max_segments; false when the weight is none.
  bool observe(SegmentId segment, ItemId item, std::uint64_t person, std::int64_t time_us,
               double weight = 1);
  /// Publishes what readers do not have yet. Writer only; cheap when there is nothing.
  void publish();

  /// What is known of a segment now; nothing of one that was never observed.
  struct Segment {
    double weight = 0;         ///< of all its events, those of products not counted too
    std::uint32_t people = 0;  ///< at least, at most 64
    std::uint64_t events = 0;
  };
  /// The segment as of `now_us`, and its products, most popular first, into `items` (cleared
  /// first).
  Segment read(SegmentId segment, std::int64_t now_us, std::vector<TrendingItem>& items) const;

  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKSG" v1: dropped u64, segments u32, and of each that has events: number u32,
  /// landmark i64, weight f64, events u64, people u64, products u32, each item u32, count f64,
  /// error f64.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty model before readers use it; after an error it must be discarded. Publishes.
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  struct Counter {
    ItemId item = kNoItem;
    double count = 0;  ///< as of the landmark, as `error`
    double error = 0;
  };
  struct View {
    std::int64_t landmark_us = 0;
    Segment segment;                  ///< weight as of the landmark
    std::vector<TrendingItem> items;  ///< most popular first; scores as of the landmark
  };
  struct Trend {
    std::int64_t landmark_us = 0;
    double weight = 0;
    std::uint64_t events = 0;
    std::uint64_t people = 0;  ///< one of 64 bits a person
    std::uint32_t unpublished = 0;
    std::vector<Counter> counters;
    PublishedRing<View> view;
  };

  Trend* trend_of(SegmentId segment);
  void rescale(Trend& trend, std::int64_t time_us) const;
  void count(Trend& trend, ItemId item, double weight) const;
  void publish(Trend& trend);

  SegmentTrendsSettings settings_;
  std::unique_ptr<std::atomic<Trend*>[]> by_segment_;
  std::vector<std::unique_ptr<Trend>> trends_;
  std::vector<Trend*> unpublished_;
  std::vector<Counter> sorted_;  ///< while publishing
  std::atomic<std::uint64_t> dropped_{0};
};

/// What is popular with a segment, most popular first. The share of a product in the segment is
/// drawn to its share in the shop by `prior` events (Dirichlet prior, posterior mean):
///
///   p(i) = (c_i + prior · s_i / S) / (C + prior)
///
/// with c of the segment's products, C the weight of all its events, s and S those of the shop. A
/// segment without events gives the shop's own list. Scores are p(i) · S. `shop` and `segment` are
/// lists with each product once; the result takes the place of `shop`.
void blend_with_shop(std::span<const TrendingItem> segment, double segment_weight, double prior,
                     SparseTable<std::uint32_t>& places, std::vector<TrendingItem>& shop);

}  // namespace souk::recommendations
