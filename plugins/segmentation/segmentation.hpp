// The plugin: what it reads, answers and keeps. Each group of functions has a file of its own:
// fold/fold_*.cpp (events → people), fold/decide.cpp (people → segments), serve/*.cpp (requests →
// answers), train/*.cpp (everybody → models), segmentation.cpp (life, settings, snapshots),
// health.cpp.
#pragma once

#include <souk/souk.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/segmentation/metrics.hpp"
#include "plugins/segmentation/serve/counted_report.hpp"
#include "plugins/segmentation/state/audiences.hpp"
#include "plugins/segmentation/state/experiments.hpp"
#include "plugins/segmentation/state/history.hpp"
#include "plugins/segmentation/state/names.hpp"
#include "plugins/segmentation/state/orders.hpp"
#include "plugins/segmentation/state/people.hpp"
#include "plugins/segmentation/state/segments.hpp"
#include "plugins/segmentation/state/value_models.hpp"
#include "souk/v1/event.souk.hpp"
#include "souk/v1/segmentation.souk.hpp"

namespace souk::segmentation {

/// How many are in a segment, were and went.
struct SegmentCount {
  std::uint64_t size = 0;
  std::uint64_t entered = 0;
  std::uint64_t exited = 0;
};

/// One moment of everything; what answers are made from.
struct Known {
  PeopleView people;
  AudienceView audiences;
  std::shared_ptr<const SizeHistory::Days> history;
  std::shared_ptr<const SegmentBook> book;
  std::shared_ptr<const ValueModels> models;
  ExperimentBook::View experiments;
  std::string currency;
  std::vector<SegmentCount> counts;  ///< by the segments' numbers
  std::uint32_t persons = 0;
  std::uint32_t accounts = 0;
  std::uint32_t now_s = 0;  ///< time of the log
  std::uint32_t removals_kept_s = 0;
  std::uint64_t generation = 0;  ///< of this life; each view has another
  std::uint32_t undecided = 0;   ///< people whom changed definitions have still to be asked of
};

/// More than that nobody pays at once, whatever an event says.
inline constexpr double kMostMoney = 1e12;

/// "EUR", also of "eur"; empty for what is no currency: pages can send anything.
[[nodiscard]] std::string currency_code(std::string_view text);

/// Threads: as plugin.hpp says: one for the fold and one for control, never together; answers on
/// any thread at any time. They meet in one published view.
class Segmentation : public souk::Plugin<Segmentation, v1::Settings> {
 public:
  static constexpr souk::PluginInfo identity{
      .id = "segmentation",
      .version = "0.1.0",
      .description = "Who shoppers are, what they are worth, when they come back",
      .vendor = "Souk",
      .license = "Apache-2.0"};
  using Services = souk::Types<souk::v1::SegmentationService>;
  using Publishes =
      souk::Types<souk::v1::SegmentEntered, souk::v1::SegmentExited, souk::v1::ModelTrained>;
  static constexpr std::uint32_t snapshot_version = 6;

  Segmentation();
  ~Segmentation();

  // Life and settings.
  Status configure(const v1::Settings& settings);
  Status start();
  void snapshot(souk::Writer& writer) const;
  Status restore(souk::Reader& reader);
  void on_timer(const TimerInfo& timer);
  void on_batch_end();

  // What shoppers do: fold/fold_deeds.cpp.
  void on(const souk::v1::ProductViewed& event, const EventInfo& info);
  void on(const souk::v1::ProductClicked& event, const EventInfo& info);
  void on(const souk::v1::ProductAdded& event, const EventInfo& info);
  void on(const souk::v1::ProductRemoved& event, const EventInfo& info);
  void on(const souk::v1::ProductAddedToWishlist& event, const EventInfo& info);
  void on(const souk::v1::ProductListViewed& event, const EventInfo& info);
  void on(const souk::v1::ProductListFiltered& event, const EventInfo& info);
  void on(const souk::v1::ProductsSearched& event, const EventInfo& info);
  void on(const souk::v1::CartViewed& event, const EventInfo& info);
  void on(const souk::v1::CheckoutStarted& event, const EventInfo& info);
  void on(const souk::v1::CouponApplied& event, const EventInfo& info);
  void on(const souk::v1::ProductShared& event, const EventInfo& info);
  void on(const souk::v1::ProductReviewed& event, const EventInfo& info);
  void on(const souk::v1::PromotionClicked& event, const EventInfo& info);
  void on(const souk::v1::PageViewed& event, const EventInfo& info);
  void on(const souk::v1::Tracked& event, const EventInfo& info);
  void on(const souk::v1::MessageSent& event, const EventInfo& info);
  void on(const souk::v1::MessageOpened& event, const EventInfo& info);
  void on(const souk::v1::MessageClicked& event, const EventInfo& info);
  void on(const souk::v1::Unsubscribed& event, const EventInfo& info);
  void on(const souk::v1::SubscriptionStarted& event, const EventInfo& info);
  void on(const souk::v1::SubscriptionRenewed& event, const EventInfo& info);
  void on(const souk::v1::SubscriptionSkipped& event, const EventInfo& info);
  void on(const souk::v1::SubscriptionPaused& event, const EventInfo& info);
  void on(const souk::v1::SubscriptionResumed& event, const EventInfo& info);
  void on(const souk::v1::SubscriptionCancelled& event, const EventInfo& info);
  void on(const souk::v1::SubscriptionPaymentFailed& event, const EventInfo& info);
  // Orders and what comes back: fold/fold_orders.cpp.
  void on(const souk::v1::OrderCompleted& event, const EventInfo& info);
  void on(const souk::v1::OrderCancelled& event, const EventInfo& info);
  void on(const souk::v1::OrderRefunded& event, const EventInfo& info);
  void on(const souk::v1::ProductReturned& event, const EventInfo& info);
  // Who they are: fold/fold_people.cpp.
  void on(const souk::v1::Identified& event, const EventInfo& info);
  void on(const souk::v1::Aliased& event, const EventInfo& info);
  void on(const souk::v1::ProfilesSeparated& event, const EventInfo& info);
  void on(const souk::v1::CustomerUpserted& event, const EventInfo& info);
  void on(const souk::v1::CustomerErased& event, const EventInfo& info);
  void on(const souk::v1::AccountUpserted& event, const EventInfo& info);
  void on(const souk::v1::AccountDeleted& event, const EventInfo& info);
  void on(const souk::v1::ProductUpserted& event, const EventInfo& info);
  // Experiments met: fold/fold_experiments.cpp.
  void on(const souk::v1::ExperimentExposed& event, const EventInfo& info);
  // What was trained: train/train.cpp.
  void on(const souk::v1::ModelTrained& event, const EventInfo& info);

  /// souk.v1.Segmentation: serve/*.cpp.
  Status profile(const souk::v1::ProfileRequest& request, const CallInfo& info,
                 souk::v1::CustomerProfile& reply);
  Status account_profile(const souk::v1::ProfileRequest& request, const CallInfo& info,
                         souk::v1::CustomerProfile& reply);
  Status segments_of(const souk::v1::SegmentsOfRequest& request, const CallInfo& info,
                     souk::v1::SegmentsOfReply& reply);
  Status list_segments(const souk::v1::ListSegmentsRequest& request, const CallInfo& info,
                       souk::v1::ListSegmentsReply& reply);
  Status members(const souk::v1::MembersRequest& request, const CallInfo& info,
                 souk::v1::MembersReply& reply);
  Status preview(const souk::v1::PreviewRequest& request, const CallInfo& info,
                 souk::v1::PreviewReply& reply);
  Status audience(const souk::v1::AudienceRequest& request, const CallInfo& info,
                  souk::v1::AudienceReply& reply);
  Status audience_file(const souk::v1::AudienceFileRequest& request, const CallInfo& info,
                       souk::v1::HttpBody& reply);
  Status report(const souk::v1::ReportRequest& request, const CallInfo& info,
                souk::v1::HttpBody& reply);
  Status predict_value(const souk::v1::PredictValueRequest& request, const CallInfo& info,
                       souk::v1::PredictValueReply& reply);
  Status predict_uplift(const souk::v1::PredictUpliftRequest& request, const CallInfo& info,
                        souk::v1::PredictUpliftReply& reply);
  Status uplift_report(const souk::v1::UpliftReportRequest& request, const CallInfo& info,
                       souk::v1::UpliftReportReply& reply);
  Status list_experiments(const souk::v1::ListExperimentsRequest& request, const CallInfo& info,
                          souk::v1::ListExperimentsReply& reply);
  Status score_table(const souk::v1::ScoreTableRequest& request, const CallInfo& info,
                     souk::v1::ScoreTableReply& reply);

  void health(souk::v1::PluginHealth& health) const;

 private:
  /// Names, categories and models for conditions.
  class World final : public Surroundings {
   public:
    explicit World(const Names& names) : names_(names) {}
    [[nodiscard]] bool within(NameId category, NameId above) const override {
      return names_.within(category, above);
    }
    [[nodiscard]] NameId brand_of(NameId product) const override {
      return names_.product(product).brand;
    }
    [[nodiscard]] std::string_view text(NameId name) const override { return names_.text(name); }
    [[nodiscard]] RebuyRate rebuys_of(NameId product) const override {
      return names_.rebuys_of(product);
    }

   private:
    const Names& names_;
  };

  /// What a deed was, before it is a record of somebody.
  struct Done {
    Deed deed = Deed::none;
    std::string_view product = {};
    std::string_view category = {};
    std::string_view brand = {};
    std::string_view variant = {};
    double amount = 0;
    double quantity = 1;
    bool discounted = false;
    float liking = 0;      ///< how much it says of categories and brands
    bool by_shop = false;  ///< was done to the person: no visit, and nobody was seen
  };

  // fold/fold_deeds.cpp
  enum class Carrier : std::uint8_t { email, sms, other };
  void folded(const EventInfo& info);
  [[nodiscard]] Carrier carrier_of(const EventInfo& info);
  [[nodiscard]] static std::uint32_t at_s(const EventInfo& info);
  /// Keeps a deed of the event's shopper and account, lets `also` change both, and decides.
  void did(const EventInfo& info, const Done& done, const std::function<void(Person&)>& also = {});
  void keep(Person& person, const EventInfo& info, const Done& done);
  void visit(Person& person, const EventInfo& info, std::uint32_t at);
  void research(Person& person, const Done& done, NameId product);
  template <class Line>
  void did_with_product(const EventInfo& info, Deed deed, const Line& event, float liking);
  // fold/fold_orders.cpp
  /// As the settings say, else of the first order that named one.
  [[nodiscard]] std::string store_currency() const;
  [[nodiscard]] std::optional<double> in_store_money(double amount, const std::string& currency);
  void count_reductions(const souk::v1::OrderCompleted& event, double rate,
                        OrderBook::Order& order) const;
  void keep_order(Person& person, const OrderBook::Order& order, std::uint32_t at);
  void take_back(const EventInfo& info, const std::string& order_id, Deed deed, double amount,
                 double items, bool whole);
  // fold/fold_people.cpp
  void set_attribute(Person& person, std::string_view name, std::string_view value);
  void set_property(Person& person, std::string_view name, std::string_view value);
  void merge(std::string_view from, std::string_view into);
  void declined(const EventInfo& info);
  void decline_ads(Person& person);
  [[nodiscard]] static std::vector<std::uint32_t> numbers_of(const Person& person);
  void leave(std::uint32_t number, const Person& person);
  template <class Record>
  void describe(Person& person, const Record& record);
  // fold/decide.cpp
  /// Decides the segments that `deeds` may change, or all of them, and commits the open person.
  void decide(Person& person, DeedSet deeds, bool seen = true);
  void change(Person& person, const Segment& segment, bool in, const Subject& subject);
  void sweep(std::uint32_t most);
  void arm_timers();
  /// The log's clock goes on; what a day ended with is kept.
  void time_is(std::uint32_t now_s);
  // serve/profile.cpp
  Status profile_of(SubjectKind kind, const souk::v1::ProfileRequest& request,
                    souk::v1::CustomerProfile& reply);
  // train/train.cpp
  void train();
  Status learn(souk::Job& job);
  Status learn_uplift(const Known& known, const v1::Settings& settings_now, souk::Job& job);
  static constexpr std::string_view kTrainTimer = "train";
  Status make_book();
  void publish_view();
  void record_metrics();

  Names names_;
  World world_;
  People people_{[this](std::uint32_t number, const Person& person) { leave(number, person); }};
  AudienceBook audiences_;
  SizeHistory history_;
  OrderBook orders_;
  ExperimentBook experiments_;
  SegmentBook::Numbers numbers_;
  std::shared_ptr<const SegmentBook> book_;
  std::shared_ptr<const ValueModels> models_;
  std::vector<SegmentCount> counts_;
  std::uint32_t now_s_ = 0;
  /// Whoever has a lower number was decided after the last change of models or definitions.
  std::uint32_t sweep_at_ = UINT32_MAX;
  std::uint64_t decided_by_ = 0;  ///< hash of the definitions that memberships come from
  std::uint64_t refused_money_ = 0;
  std::uint64_t unpublished_ = 0;
  std::uint64_t inseparable_ = 0;
  std::string store_currency_;  ///< of the first order that named one without a rate
  std::uint32_t liking_half_life_s_ = 60 * 86'400;
  std::uint32_t max_deeds_ = 64;
  std::uint32_t experiment_window_s_ = 14 * 86'400;
  std::uint32_t due_timer_s_ = 0;
  bool training_timer_ = false;
  std::int64_t first_wait_us_ = 10'000'000;  ///< until the next try to fit the first model
  bool started_ = false;
  bool publishing_ = true;
  std::int64_t train_every_us_ = 86'400'000'000;
  v1::Settings own_;  ///< as they were configured last
  bool changed_ = true;
  std::vector<std::uint32_t> segment_numbers_;
  souk::v1::Event envelope_;
  Metrics metrics_;
  souk::View<Known> known_;
  std::uint64_t generation_ = 0;  ///< views published; no part of the state
  CountedReport counted_report_;
  std::atomic<bool> training_{false};
};

}  // namespace souk::segmentation
