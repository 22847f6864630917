// What is popular now: exponentially decayed counts, overall and by category.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/published_ring.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// A category inside the models, numbered by the caller (an ItemDictionary of its own does it).
using CategoryId = std::uint32_t;

struct TrendingSettings {
  std::uint32_t max_items = 2'000'000;               ///< 1 … 2^28
  std::uint32_t max_categories = 10'000;             ///< 1 … 1,000,000
  std::int64_t half_life_us = 3LL * 86'400'000'000;  ///< a second … ten years; three days
  std::uint32_t top = 200;           ///< items kept in the overall list, 1 … 1,000
  std::uint32_t category_top = 50;   ///< items kept in a category's list, 1 … 1,000
  std::uint32_t publish_every = 64;  ///< events a list may lag behind, 1 … 100,000
};

/// INVALID_ARGUMENT with the setting's name as field, its value and what is allowed.
[[nodiscard]] Status validate(const TrendingSettings& settings);

struct TrendingItem {
  ItemId item = kNoItem;
  double score = 0;  ///< events that count now: Σ weight · 2^−(age / half-life)
};

/// Forward decay (Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009): an event at t counts
/// weight · 2^((t − landmark) / half-life), so nothing is touched as time passes, the order of two
/// items changes only by events, and a list of the best is exact when each event may move one item
/// up. The landmark moves on, and all values are rescaled, once in 512 half-lives.
///
/// `time_us` is to be the log's own time: an event dated far ahead would outweigh what came before.
///
/// Threads: one writer observes and publishes; any thread reads published lists, without locks.
class Trending {
 public:
  explicit Trending(const TrendingSettings& settings = {});

  /// Counts `weight` (finite, above 0) for the item, in its categories too. False when the item is
  /// not below max_items or the weight is none; categories not below max_categories are dropped.
  bool observe(ItemId item, std::span<const CategoryId> categories, std::int64_t time_us,
               double weight = 1);
  /// Takes back an event that was observed at `time_us`. The item moves down in the lists it is in;
  /// one that has stood below a list does not come up for it, until its next event. Writer only.
  void take_back(ItemId item, std::span<const CategoryId> categories, std::int64_t time_us,
                 double weight);
  /// The item is of this category no longer: it leaves its list. Without that, what the list says
  /// of it would depend on when it was published last. Writer only.
  void leave(ItemId item, CategoryId category);
  /// Publishes what readers do not have yet. Writer only; cheap when there is nothing.
  void publish();

  /// The best `k` as published, scored at `now_us`, into `out` (cleared first).
  void top(std::size_t k, std::int64_t now_us, std::vector<TrendingItem>& out) const;
  void top_of_category(CategoryId category, std::size_t k, std::int64_t now_us,
                       std::vector<TrendingItem>& out) const;

  [[nodiscard]] std::uint64_t events() const { return events_.load(std::memory_order_relaxed); }
  /// Events and categories that were not counted.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKTR" v1: events, dropped u64, landmark i64, items u32 and their values f64, overall
  /// list (size u32, items u32), lists u32, and for each category its number u32 and its list.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into an empty model before readers use it; after an error it must be discarded. Publishes.
  [[nodiscard]] Status load(ByteSource& source);

 private:
  struct View {
    std::int64_t landmark_us = 0;
    std::vector<TrendingItem> items;  ///< scores as of the landmark
  };
  struct List {
    explicit List(std::uint32_t most) : capacity(most) { items.reserve(most); }
    std::uint32_t capacity;
    std::uint32_t unpublished = 0;  ///< events since the last publication
    std::uint64_t events = 0;
    std::vector<ItemId> items;  ///< best first
    PublishedRing<View> view;
  };

  [[nodiscard]] double value(ItemId item) const { return values_[item]; }
  [[nodiscard]] bool before(ItemId a, ItemId b) const;
  List* list_of(CategoryId category);
  void raise(List& list, ItemId item);
  void lower(List& list, ItemId item);
  void count_event(List& list);
  void publish(List& list);
  void rescale(std::int64_t time_us);
  void read(const List& list, std::size_t k, std::int64_t now_us,
            std::vector<TrendingItem>& out) const;
  void load_list(List& list, SnapshotReader& in);

  TrendingSettings settings_;
  std::int64_t landmark_us_ = 0;
  std::uint32_t items_end_ = 0;
  ChunkedArray<double, 12> values_;  ///< as of the landmark; writer only
  List overall_;
  ChunkedArray<std::atomic<List*>, 10> by_category_;
  std::vector<CategoryId> categories_;        ///< those with a list, in order of their first event
  std::vector<std::unique_ptr<List>> lists_;  ///< theirs
  std::vector<List*> unpublished_;
  std::atomic<std::uint64_t> events_{0}, dropped_{0};
};

}  // namespace souk::recommendations
