#include "plugins/recommendations/state/store_state.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {

SessionNeighboursSettings session_settings(const StateLimits& limits) {
  SessionNeighboursSettings settings;
  settings.limits.max_items = limits.max_products;
  settings.limits.max_sessions = limits.max_sessions;
  return settings;
}

HistoryNeighboursSettings trail_settings(const StateLimits& limits) {
  HistoryNeighboursSettings settings;
  settings.limits.max_items = limits.max_products;
  settings.limits.max_sessions = limits.max_shoppers;
  return settings;
}

// Twice the usual: with short lists, which pairs of large orders stay is left to chance, and next
// orders are told worse.
constexpr std::uint32_t kPartnersInOrders = 128;

CoPurchaseSettings together_settings(const StateLimits& limits) {
  CoPurchaseSettings settings;
  settings.partners_per_item = kPartnersInOrders;
  settings.max_items = limits.max_products;
  settings.min_support = limits.min_orders_together;
  return settings;
}

TrendingSettings trending_settings(const StateLimits& limits) {
  TrendingSettings settings;
  settings.max_items = limits.max_products;
  settings.max_categories = limits.max_categories;
  settings.half_life_us = limits.trending_half_life_us;
  return settings;
}

SegmentTrendsSettings segment_settings(const StateLimits& limits) {
  SegmentTrendsSettings settings;
  settings.max_segments = limits.max_segments;
  settings.half_life_us = limits.trending_half_life_us;
  return settings;
}

OrderSequencesSettings sequence_settings(const StateLimits& limits) {
  OrderSequencesSettings settings;
  settings.max_items = limits.max_products;
  return settings;
}

std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

ContentSettings content_settings(const StateLimits& limits) {
  // A catalog has a few words of its own for each product; more are dropped and counted.
  constexpr std::uint32_t kFeaturesPerProduct = 8;
  constexpr std::uint32_t kMostFeatures = 100'000'000;
  ContentSettings settings;
  settings.max_items = limits.max_products;
  settings.max_features =
      std::min(limits.max_products, kMostFeatures / kFeaturesPerProduct) * kFeaturesPerProduct;
  settings.features_per_item = limits.content_features;
  return settings;
}

ContentCacheLimits cache_limits(const StateLimits& limits) {
  ContentCacheLimits cache;
  cache.max_products = std::min(cache.max_products, limits.max_products);
  cache.max_categories = limits.max_categories;
  return cache;
}

}  // namespace

StoreState::StoreState(const StateLimits& limits)
    : serial(next_serial()),
      items(limits.max_products),
      catalog({limits.max_products, limits.max_categories}),
      stock(limits.max_stock_levels),
      shoppers(limits.max_shoppers),
      orders(limits.max_orders),
      sessions(session_settings(limits)),
      trails(trail_settings(limits)),
      together(together_settings(limits)),
      trending(trending_settings(limits)),
      content(content_settings(limits)),
      alike(cache_limits(limits)),
      affinities(limits.max_products, limits.max_categories),
      sequences(sequence_settings(limits)),
      repurchase({limits.max_products, limits.max_categories}),
      trials(limits.max_products),
      attribution({limits.max_attribution_touches, limits.max_orders}),
      guard(TrafficLimits()),
      interactions(limits.max_interactions),
      sizes({limits.max_products, limits.max_categories}),
      segment_names(limits.max_segments),
      segments(segment_settings(limits)) {}

std::array<StoreState::PartMemory, StoreState::kParts> StoreState::memory() const {
  return {{{"items", items.memory_bytes()},
           {"catalog", catalog.memory_bytes()},
           {"stock", stock.memory_bytes()},
           {"shoppers", shoppers.memory_bytes()},
           {"orders", orders.memory_bytes()},
           {"session_neighbours", sessions.memory_bytes()},
           {"history_neighbours", trails.memory_bytes()},
           {"co_purchase", together.memory_bytes()},
           {"trending", trending.memory_bytes()},
           {"content", content.memory_bytes()},
           {"content_cache", alike.memory_bytes()},
           {"affinities", affinities.memory_bytes()},
           {"sequences", sequences.memory_bytes()},
           {"repurchase", repurchase.memory_bytes()},
           {"interactions", interactions.memory_bytes()},
           {"next_basket", sizeof(next_basket)},
           {"trials", trials.memory_bytes()},
           {"attribution", attribution.memory_bytes()},
           {"traffic_guard", guard.memory_bytes()},
           {"sizes", sizes.memory_bytes()},
           {"segments", segment_names.memory_bytes() + segments.memory_bytes()}}};
}

Status StoreState::save(ByteSink& sink) const {
  const auto each = [&](const auto&... parts) {
    Status status;
    static_cast<void>(((status = parts.save(sink)).ok() && ...));
    return status;
  };
  if (Status status =
          each(items, catalog, stock, shoppers, orders, sessions, trails, together, trending,
               content, affinities, sequences, repurchase, next_basket, exposures, blender, trials,
               attribution, guard, interactions, sizes, segment_names, segments);
      !status.ok()) {
    return status;
  }
  SnapshotWriter out(sink, "SKRS", 1);
  for (const auto* count :
       {&counts.merges, &counts.merges_refused, &counts.orders_repeated, &counts.stock_dropped}) {
    out.u64(count->load(std::memory_order_relaxed));
  }
  return out.finish();
}

void StoreState::take_trained(const StoreState& former) {
  if (items.size() < former.items.size()) return;
  const auto reading = former.trained.read();
  if (reading) trained.publish(std::shared_ptr<const TrainedModel>(*reading));
}

Status StoreState::load(ByteSource& source) {
  if (Status status = items.load(source); !status.ok()) return status;
  if (Status status = catalog.load(source); !status.ok()) return status;
  if (Status status = stock.load(source, items.size()); !status.ok()) return status;
  if (Status status = shoppers.load(source, items.size()); !status.ok()) return status;
  if (Status status = orders.load(source, items.size()); !status.ok()) return status;
  if (Status status = sessions.load(source); !status.ok()) return status;
  if (Status status = trails.load(source); !status.ok()) return status;
  if (Status status = together.load(source); !status.ok()) return status;
  if (Status status = trending.load(source); !status.ok()) return status;
  if (Status status = content.load(source); !status.ok()) return status;
  if (Status status = affinities.load(source); !status.ok()) return status;
  if (Status status = sequences.load(source); !status.ok()) return status;
  if (Status status = repurchase.load(source); !status.ok()) return status;
  if (Status status = next_basket.load(source); !status.ok()) return status;
  if (Status status = exposures.load(source, items.size()); !status.ok()) return status;
  if (Status status = blender.load(source); !status.ok()) return status;
  if (Status status = trials.load(source); !status.ok()) return status;
  for (ItemId item = 0; item < items.size(); ++item) {
    if (catalog.facts(item).known) arrivals.put(item, 0, catalog.traits(item).since_s);
  }
  arrivals.publish();
  if (Status status = attribution.load(source, items.size()); !status.ok()) return status;
  if (Status status = guard.load(source); !status.ok()) return status;
  if (Status status = interactions.load(source, items.size()); !status.ok()) return status;
  if (Status status = sizes.load(source); !status.ok()) return status;
  if (Status status = segment_names.load(source); !status.ok()) return status;
  if (Status status = segments.load(source, items.size()); !status.ok()) return status;
  SnapshotReader in(source, "SKRS", 1);
  for (auto* count :
       {&counts.merges, &counts.merges_refused, &counts.orders_repeated, &counts.stock_dropped}) {
    count->store(in.u64(), std::memory_order_relaxed);
  }
  return in.finish();
}

}  // namespace souk::recommendations
