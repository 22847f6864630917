// All that the plugin knows of a store: one writer (the fold), any number of readers (answers).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "plugins/recommendations/model/blender.hpp"
#include "plugins/recommendations/model/co_purchase.hpp"
#include "plugins/recommendations/model/content_cache.hpp"
#include "plugins/recommendations/model/content_similarity.hpp"
#include "plugins/recommendations/model/history_neighbours.hpp"
#include "plugins/recommendations/model/interactions.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/next_basket.hpp"
#include "plugins/recommendations/model/order_sequences.hpp"
#include "plugins/recommendations/model/repurchase.hpp"
#include "plugins/recommendations/model/segment_trends.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"
#include "plugins/recommendations/model/size_model.hpp"
#include "plugins/recommendations/model/trending.hpp"
#include "plugins/recommendations/state/affinities.hpp"
#include "plugins/recommendations/state/arrivals.hpp"
#include "plugins/recommendations/state/attribution.hpp"
#include "plugins/recommendations/state/catalog.hpp"
#include "plugins/recommendations/state/exposures.hpp"
#include "plugins/recommendations/state/orders.hpp"
#include "plugins/recommendations/state/shoppers.hpp"
#include "plugins/recommendations/state/stock.hpp"
#include "plugins/recommendations/state/traffic_guard.hpp"
#include "plugins/recommendations/state/trials.hpp"
#include "plugins/recommendations/train/trainer.hpp"
#include "souk/view.hpp"

namespace souk::recommendations {

/// What bounds and shapes the state. A change makes a new state from the old one's snapshot.
struct StateLimits {
  std::uint32_t max_products = 1'000'000;
  std::uint32_t max_categories = 20'000;
  std::uint32_t max_sessions = 1'000'000;
  std::uint32_t max_shoppers = 500'000;
  std::uint32_t max_orders = 100'000;
  std::uint32_t max_stock_levels = 2'000'000;
  std::uint32_t max_attribution_touches = 500'000;
  std::uint32_t min_orders_together = 2;
  std::uint32_t content_features = 64;  ///< of a product
  std::uint32_t max_interactions = 20'000'000;
  std::uint32_t max_segments = 100;
  std::int64_t trending_half_life_us = 72LL * 3'600'000'000;

  bool operator==(const StateLimits&) const = default;
};

/// What was refused or left out on the way in. Written by the fold, read by anybody.
struct FoldCounts {
  std::atomic<std::uint64_t> merges{0};           ///< ids that became one shopper
  std::atomic<std::uint64_t> merges_refused{0};   ///< two known shoppers, or too many ids
  std::atomic<std::uint64_t> orders_repeated{0};  ///< sent again under the same id
  std::atomic<std::uint64_t> stock_dropped{0};    ///< levels without room
};

/// The parts stand beside each other; each says in its header who may do what.
struct StoreState {
  explicit StoreState(const StateLimits& limits);
  StoreState(const StoreState&) = delete;
  StoreState& operator=(const StoreState&) = delete;

  /// Tells this state from every other of the process, those that are gone included.
  const std::uint64_t serial;
  ItemDictionary items;
  Catalog catalog;
  Stock stock;
  Shoppers shoppers;
  Orders orders;
  SessionNeighbours sessions;
  HistoryNeighbours trails;
  CoPurchase together;
  Trending trending;
  ContentSimilarity content;
  ContentCache alike;  ///< what answers found in `content`; in no snapshot
  Affinities affinities;
  Arrivals arrivals;  ///< follows from the catalog, in no snapshot
  OrderSequences sequences;
  Repurchase repurchase;
  NextBasket next_basket;
  Exposures exposures;
  Trials trials;  ///< of new arrivals
  Blender blender;
  Attribution attribution;
  TrafficGuard guard;
  Interactions interactions;
  SizeModel sizes;
  ItemDictionary segment_names;  ///< a segment is its number in it
  SegmentTrends segments;
  /// What the last training made of the interactions; nothing until then. Not in snapshots: how far
  /// a training comes is no function of the events.
  souk::View<std::shared_ptr<const TrainedModel>> trained;
  FoldCounts counts;
  /// Of the newest event that was folded since the start; the host keeps the place in the log.
  std::atomic<std::uint64_t> last_sequence{0};

  /// What next_basket draws on.
  [[nodiscard]] BasketSources basket_sources() const { return {together, sequences, repurchase}; }

  struct PartMemory {
    const char* part;
    std::size_t bytes;
  };
  static constexpr std::size_t kParts = 21;
  /// What each part takes. Looks at every order and stock level: not for every event. Writer only.
  [[nodiscard]] std::array<PartMemory, kParts> memory() const;

  /// Takes over what `former` has been trained to, if items have the same numbers in both.
  void take_trained(const StoreState& former);

  /// The parts in the order above, then section "SKRS" v1: the counts (u64). Writer only.
  [[nodiscard]] Status save(ByteSink& sink) const;
  /// Into a fresh state before anybody reads it; after an error it must be discarded.
  [[nodiscard]] Status load(ByteSource& source);
};

}  // namespace souk::recommendations
