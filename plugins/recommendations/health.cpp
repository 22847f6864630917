// How the plugin is: what each part has and what it needs, for operators and for Prometheus.
#include <algorithm>
#include <string>

#include "plugins/recommendations/metrics.hpp"
#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {

using souk::v1::HealthNote;

// From here on more data improves little in the shops these were tried on.
constexpr std::uint64_t kEnoughVisits = 1'000;
constexpr std::uint64_t kEnoughOrders = 1'000;
constexpr std::uint64_t kEnoughEvents = 500;
constexpr std::uint64_t kEnoughIntervals = 300;
constexpr std::uint64_t kEnoughRepeatOrders = 500;

void add(souk::v1::PluginHealth& health, std::string_view part, HealthNote::Level level,
         std::string text) {
  auto* note = health.add_notes();
  note->set_part(std::string(part));
  note->set_level(level);
  note->set_text(std::move(text));
}

void add_learning(souk::v1::PluginHealth& health, std::string_view part, std::uint64_t has,
                  std::uint64_t needs, const std::string& what) {
  const bool enough = has >= needs;
  add(health, part, enough ? HealthNote::OK : HealthNote::LEARNING,
      enough ? std::to_string(has) + " " + what
             : std::to_string(has) + " of " + std::to_string(needs) + " " + what + " needed");
}

}  // namespace

/// The trained model: what it is, how old, on what.
void Recommendations::add_training(souk::v1::PluginHealth& health, const StoreState& state) const {
  const auto reading = state.trained.read();
  if (!reading) {
    const std::uint64_t has = state.interactions.observed();
    add(health, "item_model", HealthNote::LEARNING,
        training_.load(std::memory_order_acquire)
            ? "is being trained on " + std::to_string(state.interactions.size()) + " interactions"
            : "not trained yet: " + std::to_string(has) + " interactions so far");
    return;
  }
  const TrainedModel& model = **reading;
  const TrainingReport& report = model.report;
  const std::int64_t age_s =
      std::max<std::int64_t>(0, host().now_us() - report.trained_us) / 1'000'000;
  std::string text = std::string(name_of(model.method)) + " of " + std::to_string(report.items) +
                     " products, trained " + std::to_string(age_s / 60) + " minutes ago on " +
                     std::to_string(report.interactions) + " interactions of " +
                     std::to_string(report.people) + " people";
  if (report.items_left_out > 0) {
    text += "; " + std::to_string(report.items_left_out) +
            " less popular products are left to the other models";
  }
  add(health, "item_model", HealthNote::OK, std::move(text));
}

void Recommendations::health(souk::v1::PluginHealth& health) const {
  const auto reading = view_.read();
  if (!reading) return add(health, "state", HealthNote::BROKEN, "not configured");
  const StoreState& state = **reading;
  add_learning(health, "session_neighbours", state.sessions.index().sessions_seen(), kEnoughVisits,
               "visits");
  add_learning(health, "co_purchase", state.together.orders(), kEnoughOrders, "orders");
  add_learning(health, "repurchase", state.repurchase.intervals(), kEnoughIntervals,
               "intervals between two purchases of one product");
  add_learning(health, "next_basket", state.next_basket.learned(), kEnoughRepeatOrders,
               "orders by shoppers who had ordered before");
  add_learning(health, "trending", state.trending.events(), kEnoughEvents, "events");
  add_training(health, state);
  const bool empty = state.catalog.products() == 0;
  add(health, "catalog", empty ? HealthNote::LEARNING : HealthNote::OK,
      empty ? "no products: whatever is clicked is recommended, without titles or stock"
            : std::to_string(state.catalog.products()) + " products, " +
                  std::to_string(state.catalog.sold_out()) + " of them sold out");
  if (!empty) {
    add(health, "content", HealthNote::OK,
        std::to_string(state.content.products()) + " products described by " +
            std::to_string(state.content.features()) + " features, " +
            std::to_string(state.content.dropped_features()) +
            " left out to keep within content_features");
  }
  const std::uint64_t dropped = state.items.dropped() + state.catalog.dropped() +
                                state.counts.stock_dropped.load(std::memory_order_relaxed);
  if (dropped > 0) {
    add(health, "memory", HealthNote::DEGRADED,
        std::to_string(dropped) +
            " products, titles, categories or stock levels had no room: raise max_products, "
            "max_categories or max_stock_levels");
  }
  if (state.guard.robots() > 0) {
    add(health, "robots", HealthNote::OK,
        std::to_string(state.guard.robots()) + " shoppers or visits sent more than a person can; " +
            std::to_string(state.guard.discounted()) +
            " of their events counted less or not at all (robot_events, robot_products)");
  }
  const AttributionFigures brought = state.attribution.report().total();
  add(health, "attribution", brought.clicked > 0 ? HealthNote::OK : HealthNote::LEARNING,
      brought.clicked > 0
          ? std::to_string(brought.clicked) + " clicks, " + std::to_string(brought.bought) +
                " products bought"
          : "no click yet that carries a token: send attributionToken with the events that answers "
            "lead to");
  add(health, "shoppers", HealthNote::OK,
      std::to_string(state.shoppers.size()) + " remembered, " +
          std::to_string(state.shoppers.forgotten()) + " forgotten to keep within max_shoppers");
}

Metrics::Metrics(const Host& host, const StoreState& state)
    : fallback_(host.counter("answers_filled_up", "Answers that a simpler source had to fill up")),
      empty_(host.counter("answers_empty", "Answers without a product")),
      refused_(host.counter("requests_refused", "Requests that were not understood")),
      left_out_(host.counter("left_out", "Candidates that were not to be shown")),
      products_(host.gauge("catalog_products", "Products in the catalog")),
      sold_out_(host.gauge("catalog_sold_out", "Products in the catalog that can't be bought")),
      items_(host.gauge("model_items", "Products known, clicked ones included")),
      sessions_(host.gauge("model_sessions", "Visits learned from")),
      clicks_(host.gauge("model_clicks", "Clicks within visits learned from")),
      orders_(host.gauge("model_orders", "Orders learned from")),
      trending_events_(host.gauge("model_trending_events", "Events counted as trends")),
      shoppers_(host.gauge("shoppers", "Shoppers remembered")),
      shoppers_forgotten_(host.gauge("shoppers_forgotten", "Shoppers that gave way to others")),
      merges_refused_(host.gauge("merges_refused", "Ids that were not taken for one shopper")),
      dropped_(host.gauge("dropped", "Names, categories and stock levels without room")),
      robots_(host.gauge("robots", "Shoppers and visits that were found to be robots")),
      events_discounted_(
          host.gauge("events_discounted", "Events whose sender sends too many to count whole")),
      shown_(host.gauge("attributed_shown", "Products shown, as the storefront says")),
      clicked_(host.gauge("attributed_clicks", "Clicks on recommended products")),
      attributed_orders_(host.gauge("attributed_orders", "Orders that recommendations led to")),
      attributed_revenue_(host.gauge("attributed_revenue_minor_units",
                                     "Revenue that recommendations led to, all currencies")),
      interactions_(host.gauge("interactions", "Interactions kept for training")),
      interactions_dropped_(
          host.gauge("interactions_dropped", "Interactions that gave way to newer ones")),
      trained_at_(host.gauge("item_model_trained_at_seconds",
                             "When the item model was trained, in seconds since 1970")),
      trained_interactions_(
          host.gauge("item_model_interactions", "Interactions the item model was trained on")),
      trained_seconds_(host.gauge("item_model_training_seconds", "How long the training took")),
      trained_ndcg_(host.gauge("item_model_ndcg_at_100",
                               "Quality of the item model on people held out of the training")),
      trainings_(host.counter("item_model_trainings", "Trainings that ended with a model")) {
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    answers_[kind] = host.counter("answers_" + std::string(name_of(static_cast<Kind>(kind))),
                                  "Answers of this kind");
  }
  for (const auto& [part, bytes] : state.memory()) {
    memory_.push_back(
        host.gauge("memory_bytes_" + std::string(part), "Memory of this part of the model"));
  }
}

void Metrics::answered(Kind kind, bool fallback, bool empty) const {
  answers_[static_cast<std::size_t>(kind)].add();
  if (fallback) fallback_.add();
  if (empty) empty_.add();
}

void Metrics::record_memory(const StoreState& state) const {
  if (memory_.empty()) return;
  const auto parts = state.memory();
  for (std::size_t i = 0; i < parts.size(); ++i)
    memory_[i].set(static_cast<double>(parts[i].bytes));
}

void Metrics::record(const StoreState& state) const {
  const auto set = [](const Gauge& gauge, std::uint64_t value) {
    gauge.set(static_cast<double>(value));
  };
  set(products_, state.catalog.products());
  set(sold_out_, state.catalog.sold_out());
  set(items_, state.items.size());
  set(sessions_, state.sessions.index().sessions_seen());
  set(clicks_, state.sessions.repeats().clicks());
  set(orders_, state.together.orders());
  set(trending_events_, state.trending.events());
  set(shoppers_, state.shoppers.size());
  set(shoppers_forgotten_, state.shoppers.forgotten());
  set(merges_refused_, state.counts.merges_refused.load(std::memory_order_relaxed));
  set(robots_, state.guard.robots());
  set(events_discounted_, state.guard.discounted());
  const AttributionFigures brought = state.attribution.report().total();
  shown_.set(static_cast<double>(brought.shown));
  clicked_.set(static_cast<double>(brought.clicked));
  attributed_orders_.set(static_cast<double>(brought.orders));
  attributed_revenue_.set(static_cast<double>(brought.revenue));
  set(interactions_, state.interactions.size());
  set(interactions_dropped_, state.interactions.dropped());
  set(dropped_, state.items.dropped() + state.catalog.dropped() + state.stock.dropped());
}

void Metrics::trained(const TrainingReport& report) const {
  trainings_.add();
  trained_at_.set(static_cast<double>(report.trained_us) / 1e6);
  trained_interactions_.set(static_cast<double>(report.interactions));
  trained_seconds_.set(report.seconds);
  trained_ndcg_.set(report.ndcg);
}

}  // namespace souk::recommendations
