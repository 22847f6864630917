// The plugin: what it reads, answers and keeps. Each group of functions has a file of its own:
// fold/fold_*.cpp (events → state), serve/service.cpp (requests → answers), recommendations.cpp
// (life, settings, snapshots), health.cpp (health, metrics).
#pragma once

#include <souk/souk.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "plugins/recommendations/metrics.hpp"
#include "plugins/recommendations/serve/served_counts.hpp"
#include "plugins/recommendations/settings.hpp"
#include "plugins/recommendations/state/product_sizes.hpp"
#include "plugins/recommendations/state/store_state.hpp"
#include "souk/v1/event.souk.hpp"
#include "souk/v1/recommendations.souk.hpp"

namespace souk::recommendations {

/// Threads: as plugin.hpp says: one for the fold and one for control, never together; answers on
/// any thread at any time. They meet in StoreState, which needs no locks.
class Recommendations : public souk::Plugin<Recommendations, v1::Settings> {
 public:
  static constexpr souk::PluginInfo identity{
      .id = "recommendations",
      .version = "0.2.0",
      .description = "Products that make sense for this shopper, on this page, now",
      .vendor = "Souk",
      .license = "Apache-2.0"};
  using Services = souk::Types<souk::v1::RecommendationsService>;
  static constexpr std::uint32_t snapshot_version = 3;

  Recommendations();
  ~Recommendations();

  // Life and settings.
  Status configure(const v1::Settings& settings);
  Status configure_account(std::string_view account_id, const v1::Settings& settings);
  Status start();
  void snapshot(souk::Writer& writer) const;
  Status restore(souk::Reader& reader);

  // What shoppers do: fold/fold_shopping.cpp.
  void on(const souk::v1::ProductViewed& event, const EventInfo& info);
  void on(const souk::v1::ProductClicked& event, const EventInfo& info);
  void on(const souk::v1::ProductAdded& event, const EventInfo& info);
  void on(const souk::v1::ProductRemoved& event, const EventInfo& info);
  void on(const souk::v1::CartViewed& event, const EventInfo& info);
  // What they order: fold/fold_orders.cpp.
  void on(const souk::v1::OrderCompleted& event, const EventInfo& info);
  void on(const souk::v1::OrderUpdated& event, const EventInfo& info);
  void on(const souk::v1::OrderCancelled& event, const EventInfo& info);
  // What they send back: fold/fold_returns.cpp.
  void on(const souk::v1::OrderRefunded& event, const EventInfo& info);
  void on(const souk::v1::ReturnRequested& event, const EventInfo& info);
  void on(const souk::v1::ProductReturned& event, const EventInfo& info);
  // What there is to buy: fold/fold_catalog.cpp.
  void on(const souk::v1::ProductUpserted& event, const EventInfo& info);
  void on(const souk::v1::ProductDeleted& event, const EventInfo& info);
  void on(const souk::v1::InventorySet& event, const EventInfo& info);
  void on(const souk::v1::InventoryDeleted& event, const EventInfo& info);
  // What they were shown: fold/fold_exposures.cpp, fold/fold_attribution.cpp.
  void on(const souk::v1::RecommendationsShown& event, const EventInfo& info);
  void on(const souk::v1::ProductListViewed& event, const EventInfo& info);
  // Who they are: fold/fold_people.cpp.
  void on(const souk::v1::Identified& event, const EventInfo& info);
  void on(const souk::v1::Aliased& event, const EventInfo& info);
  void on(const souk::v1::CustomerErased& event, const EventInfo& info);
  // What they belong to: fold/fold_segments.cpp.
  void on(const souk::v1::SegmentEntered& event, const EventInfo& info);
  void on(const souk::v1::SegmentExited& event, const EventInfo& info);
  void on(const souk::v1::CustomerUpserted& event, const EventInfo& info);
  void on_batch_end();

  /// souk.v1.Recommendations: serve/service.cpp.
  Status recommend(const souk::v1::RecommendRequest& request, const CallInfo& info,
                   souk::v1::RecommendReply& reply);
  Status recommend_page(const souk::v1::RecommendPageRequest& request, const CallInfo& info,
                        souk::v1::RecommendPageReply& reply);
  /// serve/report.cpp.
  Status report(const souk::v1::RecommendationsReportRequest& request, const CallInfo& info,
                souk::v1::RecommendationsReport& reply);

  void health(souk::v1::PluginHealth& health) const;

 private:
  /// Whom an event is about, when it was, and what may be made of it.
  struct Actor {
    PersonKey person;      ///< empty: nobody, or somebody who declined personalisation
    bool lasting = false;  ///< a shopper id says who, not only the visit
    bool counted = true;   ///< may be counted among all, without the person; no robot's
    double weight = 1;     ///< how much it counts, see TrafficGuard
    std::int64_t now_us = 0;
    std::uint32_t now_s = 0;
  };
  [[nodiscard]] static Actor actor_of(const EventInfo& info);
  /// Begins or goes on with the visit that the event belongs to.
  VisitKey enter_visit(Profile& profile, const Actor& actor, const EventInfo& info) const;
  void count_trial(ItemId item, const EventInfo& info);
  /// A look at a product, from a list (`click`) or on its page.
  void fold_view(ItemId item, bool click, const EventInfo& info);
  // A showing as a lesson, for new arrivals and for the blend: fold/fold_exposures.cpp.
  void learn_trials(const std::vector<std::string_view>& products, const Actor& actor);
  void learn_showing(const std::vector<std::string_view>& products, const Actor& actor,
                     const EventInfo& info);
  /// Adds to the long-term history of a shopper who is known by an id.
  void remember(ItemId item, const Actor& actor);
  /// Notes the segments of whoever the event is about, for count(): fold/fold_segments.cpp.
  void take_segments(const Profile& profile);
  /// Counts towards what is trending, in the shop and in the segments that were taken.
  void count(ItemId item, const Actor& actor, double weight);
  template <class OrderEvent>
  void fold_order(const OrderEvent& event, const EventInfo& info);
  void fold_purchases(Orders::Order& order, const Actor& actor, bool replaces);
  void cancel_order(std::string_view order_id, const Actor& actor);
  /// What is counted among all of a new order, and learned from it; or taken back.
  void count_order(Orders::Order& order, const Actor& actor);
  void recount_order(Orders::Order& order);
  void uncount_order(Orders::Order& order);
  void categories_of(ItemId item);
  /// What came back of an order; all of it when there is nothing in returned_.
  void give_back(std::string_view order_id, const Actor& actor);
  template <class ReturnEvent>
  void fold_return(const ReturnEvent& event, const EventInfo& info);
  // Which sizes were kept: fold/fold_sizes.cpp. The profile is open.
  void fold_sizes(Orders::Order& order, Profile& profile);
  void observe_size(Orders::Order& order, Profile& profile, ItemId item, std::uint32_t variant,
                    SizeOutcome outcome);
  void unfold_size(Orders::Order& order, Profile& profile, ItemId item, SizeComplaint complaint);
  // fold/fold_attribution.cpp.
  void guard(Actor& actor, const EventInfo& info, ItemId item);
  [[nodiscard]] static Attribution::Who who_of(const Actor& actor, const EventInfo& info);
  [[nodiscard]] const AttributionToken* token_of(const EventInfo& info);
  void show(const Attribution::Who& who, const AttributionToken* token,
            const std::string& product_id, AttributionReport::Cell cell);
  void attribute_shown(const souk::v1::RecommendationsShown& event, const Actor& actor,
                       const EventInfo& info);
  void attribute_click(ItemId item, const Actor& actor, const EventInfo& info);
  void attribute_add(ItemId item, const Actor& actor, const EventInfo& info);
  template <class OrderEvent>
  void attribute_order(const OrderEvent& event, const Actor& actor, const EventInfo& info);
  void attribute_refund(const souk::v1::OrderRefunded& event);
  void attribute_return(const souk::v1::ProductReturned& event);
  void apply_fold_settings();
  void merge(PersonKey from, PersonKey into);
  void erase_person(PersonKey person);
  void publish_sellable(ItemId item);
  void folded(const EventInfo& info);
  /// Training: train/train_job.cpp.
  [[nodiscard]] bool training_due(std::int64_t now_us) const;
  void train_when_due(std::int64_t now_us);
  Status run_training(const souk::Job& job, const TrainingLimits& limits, std::int64_t now_us);
  void record_metrics();
  void add_training(souk::v1::PluginHealth& health, const StoreState& state) const;

  /// The state that the fold writes; the one that view_ shows.
  StoreState* state_ = nullptr;
  /// Replaced whole when settings change its limits.
  souk::View<std::unique_ptr<StoreState>> view_;
  StateLimits limits_;
  std::uint32_t visit_gap_s_ = 0;
  std::uint32_t attribution_window_s_ = 0;
  TrafficLimits traffic_limits_;
  std::string currency_;  ///< of orders that do not say theirs
  Metrics metrics_;
  TrainSettings train_settings_;
  std::int64_t trained_us_ = 0;         ///< when a training last began; 0: never
  std::uint64_t trained_observed_ = 0;  ///< interactions observed then
  std::atomic<bool> training_{false};
  // Of the newest event.
  std::int64_t last_us_ = 0;
  bool live_ = false;  ///< not history
  std::uint32_t batches_ = 0;
  std::chrono::steady_clock::time_point memory_due_;
  struct ExposureReader;
  std::unique_ptr<ExposureReader> exposure_reader_;
  // Re-used from event to event.
  std::vector<ItemId> order_items_;
  std::vector<CategoryId> event_categories_;
  std::vector<SegmentId> event_segments_;  ///< of whoever the event is about
  ContentFeatures content_features_;
  std::vector<std::uint32_t> order_variants_;  ///< of order_items_; kNoItem: not known
  struct Returned {
    ItemId item = kNoItem;
    SizeComplaint complaint = SizeComplaint::none;
  };
  std::vector<Returned> returned_;
  ProductSizes product_sizes_;
  BasketScratch basket_scratch_;
  AttributionToken token_;
  std::vector<Attribution::Line> credit_lines_;
  /// Answers given since the start; any thread.
  ServedCounts served_;
  Profile merged_;
  Shoppers::Scratch merge_scratch_;
  souk::v1::Event envelope_;
};

}  // namespace souk::recommendations
