// The plugin: what it reads, answers and keeps. Each group of functions has a file of its own:
// fold/fold_shop.cpp and fold/fold_people.cpp (events → what is known), fold/run_flows.cpp (who
// enters, waits, goes on), fold/decide.cpp (whether and when a message leaves), send/*.cpp (effects
// → the world), serve/*.cpp (requests → answers), email.cpp (life, settings, snapshots).
#pragma once

#include <souk/souk.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "plugins/email/metrics.hpp"
#include "plugins/email/model/calendar_dates.hpp"
#include "plugins/email/model/flow.hpp"
#include "plugins/email/model/machines.hpp"
#include "plugins/email/model/zones.hpp"
#include "plugins/email/send/delivery.hpp"
#include "plugins/email/send/message_maker.hpp"
#include "plugins/email/state/agenda.hpp"
#include "plugins/email/state/catalog.hpp"
#include "plugins/email/state/flow_book.hpp"
#include "plugins/email/state/journal.hpp"
#include "plugins/email/state/measures.hpp"
#include "plugins/email/state/offer_book.hpp"
#include "plugins/email/state/people.hpp"
#include "plugins/email/state/variant_book.hpp"
#include "souk/email/v1/settings.souk.hpp"
#include "souk/email/v1/state.souk.hpp"
#include "souk/v1/email.souk.hpp"
#include "souk/v1/event.souk.hpp"
#include "souk/v1/recommendations.souk.hpp"

namespace souk::email {

/// Something that happened, as conditions ask of it.
struct Deed {
  Happening happening = Happening::none;
  std::string_view tracked = {};
  std::uint32_t product = kNoProduct;
  std::string_view category = {};
  std::string_view brand = {};
  double price = 0;
  double amount = 0;
  double quantity = 1;
  const souk::v1::Tracked* properties = nullptr;
};

/// Threads: as plugin.hpp says: one for the fold and one for control, never together; answers and
/// effects on any thread. The state is one shopper's record at a time under a lock that is held for
/// microseconds, or for the few hundred steps that a timer brings; only the back office (previews,
/// lists) and the recommended products of a message that is being sent meet the fold there, and
/// they only read: what a call wants changed it publishes.
class Email : public souk::Plugin<Email, v1::Settings> {
 public:
  static constexpr souk::PluginInfo identity{
      .id = "email",
      .version = "0.1.0",
      .description = "Messages at the right moment, by e-mail",
      .vendor = "Souk",
      .license = "Apache-2.0"};
  using Services = souk::Types<souk::v1::EmailService>;
  using Calls = souk::Types<souk::v1::RecommendationsService>;
  using CustomEvents = souk::Types<v1::SigningKeyMade, v1::FlowCalled>;
  using Publishes =
      souk::Types<souk::v1::FlowEntered, souk::v1::FlowExited, souk::v1::MessageSuppressed,
                  souk::v1::MessageSent, souk::v1::MessageDelivered, souk::v1::MessageOpened,
                  souk::v1::MessageClicked, souk::v1::MessageBounced, souk::v1::MessageMarkedAsSpam,
                  souk::v1::Unsubscribed, souk::v1::Subscribed, souk::v1::ExperimentExposed,
                  v1::SigningKeyMade, v1::FlowCalled>;
  static constexpr std::uint32_t snapshot_version = 3;

  Email();
  ~Email();

  // Life and settings: email.cpp.
  Status configure(const v1::Settings& settings);
  Status start();
  Status stop();
  void snapshot(souk::Writer& writer) const;
  Status restore(souk::Reader& reader);
  void on_timer(const TimerInfo& timer);
  void on_batch_end();
  void health(souk::v1::PluginHealth& health) const;

  // What shoppers do: fold/fold_shop.cpp.
  void on(const souk::v1::ProductViewed& event, const EventInfo& info);
  void on(const souk::v1::ProductAdded& event, const EventInfo& info);
  void on(const souk::v1::ProductRemoved& event, const EventInfo& info);
  void on(const souk::v1::ProductAddedToWishlist& event, const EventInfo& info);
  void on(const souk::v1::CartViewed& event, const EventInfo& info);
  void on(const souk::v1::CheckoutStarted& event, const EventInfo& info);
  void on(const souk::v1::OrderCompleted& event, const EventInfo& info);
  void on(const souk::v1::OrderCancelled& event, const EventInfo& info);
  void on(const souk::v1::OrderDelivered& event, const EventInfo& info);
  void on(const souk::v1::ProductReviewed& event, const EventInfo& info);
  void on(const souk::v1::PageViewed& event, const EventInfo& info);
  void on(const souk::v1::Tracked& event, const EventInfo& info);
  // What the catalog says: fold/fold_catalog.cpp.
  void on(const souk::v1::ProductUpserted& event, const EventInfo& info);
  void on(const souk::v1::ProductDeleted& event, const EventInfo& info);
  void on(const souk::v1::InventorySet& event, const EventInfo& info);
  // Who they are and what they allow: fold/fold_people.cpp.
  void on(const souk::v1::Identified& event, const EventInfo& info);
  void on(const souk::v1::Aliased& event, const EventInfo& info);
  void on(const souk::v1::CustomerUpserted& event, const EventInfo& info);
  void on(const souk::v1::CustomerErased& event, const EventInfo& info);
  void on(const souk::v1::SegmentEntered& event, const EventInfo& info);
  void on(const souk::v1::SegmentExited& event, const EventInfo& info);
  void on(const souk::v1::Subscribed& event, const EventInfo& info);
  void on(const souk::v1::Unsubscribed& event, const EventInfo& info);
  // What became of messages: fold/fold_messages.cpp.
  void on(const souk::v1::MessageSent& event, const EventInfo& info);
  void on(const souk::v1::MessageDelivered& event, const EventInfo& info);
  void on(const souk::v1::MessageOpened& event, const EventInfo& info);
  void on(const souk::v1::MessageClicked& event, const EventInfo& info);
  void on(const souk::v1::MessageBounced& event, const EventInfo& info);
  void on(const souk::v1::MessageMarkedAsSpam& event, const EventInfo& info);
  void on(const v1::SigningKeyMade& event, const EventInfo& info);
  // fold/triggers.cpp
  void on(const v1::FlowCalled& event, const EventInfo& info);

  /// Effects: send/perform.cpp.
  void perform(const Effect& effect, EffectDone done);

  /// souk.v1.Email: serve/*.cpp.
  Status list_messages(const souk::v1::ListMessagesRequest& request, const CallInfo& info,
                       souk::v1::ListMessagesReply& reply);
  Status list_flows(const souk::v1::ListFlowsRequest& request, const CallInfo& info,
                    souk::v1::ListFlowsReply& reply);
  void preview_flow(const souk::v1::PreviewFlowRequest& request, const CallInfo& info,
                    souk::Reply<souk::v1::HttpBody> reply);
  Status show_unsubscribe(const souk::v1::UnsubscribePageRequest& request, const CallInfo& info,
                          souk::v1::HttpBody& reply);
  Status unsubscribe(const souk::v1::UnsubscribeRequest& request, const CallInfo& info,
                     souk::v1::HttpBody& reply);
  Status show_confirmation(const souk::v1::UnsubscribePageRequest& request, const CallInfo& info,
                           souk::v1::HttpBody& reply);
  Status confirm(const souk::v1::UnsubscribeRequest& request, const CallInfo& info,
                 souk::v1::HttpBody& reply);
  Status trigger_flow(const souk::v1::TriggerFlowRequest& request, const CallInfo& info,
                      souk::v1::TriggerFlowReply& reply);
  Status show_flow_report(const souk::v1::FlowReportRequest& request, const CallInfo& info,
                          souk::v1::HttpBody& reply);
  Status track_open(const souk::v1::TrackRequest& request, const CallInfo& info,
                    souk::v1::HttpBody& reply);
  Status track_click(const souk::v1::TrackRequest& request, const CallInfo& info,
                     souk::v1::HttpBody& reply);
  Status receive_feedback(const souk::v1::FeedbackRequest& request, const CallInfo& info,
                          souk::v1::FeedbackReply& reply);
  Status receive_sms(const souk::v1::ReceiveSmsRequest& request, const CallInfo& info,
                     souk::v1::HttpBody& reply);

 private:
  class FactsOf;  ///< what conditions ask; fold/facts.hpp
  using Lock = std::lock_guard<std::mutex>;

  // fold/fold_shop.cpp
  /// Notes time and the store; makes the signing key when the log has none.
  void folded(const EventInfo& info);
  static std::string random_key();
  /// `acting`: it is something that the shopper did just then.
  PersonNumber seen(const EventInfo& info, bool acting = true);
  template <class Line>
  std::uint32_t product_of(const Line& line, std::string_view currency);
  void interest(PersonNumber person, std::uint32_t product);
  // fold/fold_catalog.cpp
  void stock_changed(std::uint32_t product, bool out, const EventInfo& info);
  void bring_interested(TriggerKind kind, std::uint32_t product, double drop,
                        const EventInfo& info);
  // fold/fold_people.cpp
  void merge(std::string_view from, PersonNumber into);
  void forget(std::string_view id);
  std::uint16_t name_number(std::string_view name);
  void segment_changed(const EventInfo& info, const std::string& segment, bool in);
  void consent(Person& person, const souk::v1::ChannelConsent& word);
  static constexpr std::string_view kSmsTopic = "sms:";
  std::uint16_t topic_number(bool sms, std::string_view topic);
  [[nodiscard]] bool is_sms_topic(std::uint16_t topic) const {
    return names_[topic].starts_with(kSmsTopic);
  }
  void grant(Person& person, bool sms, std::string_view topic);
  void withdraw(Person& person, bool sms, std::string_view topic);
  void read_envelope(const EventInfo& info);
  // fold/fold_messages.cpp
  JournalEntry* stage(const std::string& message_id, MessageStage stage, const EventInfo& info);
  void touched(const EventInfo& info, const std::string& flow_id, std::uint8_t how);
  // fold/measure.cpp
  /// Of those who would get its messages, the share that gets none, 0 to 1.
  [[nodiscard]] double holdout_of(const std::string& flow) const;
  /// Called when a message would leave: whether the person is one who gets none. Draws the lot and
  /// tells of it the first time.
  bool held_out(Person& person, const Flow& flow);
  void measure_order(Person& person, double amount, std::string_view currency, std::uint32_t at_s);
  void measure_message(const JournalEntry& entry, MessageStage stage);
  void mark_click(PersonNumber person, std::uint16_t flow, std::string_view variant,
                  std::int64_t at_us);
  /// A machine followed a link: what came just before was its doing too.
  void retract_click(JournalEntry& entry, std::int64_t now_us);
  template <class Count>
  void each_slice(std::uint16_t flow, const Person& person, std::string_view variant,
                  Count&& count);
  // fold/triggers.cpp
  using DatesByName = std::vector<std::pair<std::string, YearlyDate>>;
  [[nodiscard]] bool admits(const Flow& flow, PersonNumber person, const Deed& deed) const;
  /// `all`: dates that are not among these are gone.
  void note_dates(PersonNumber person, DatesByName& given, bool all);
  void schedule_dates(PersonNumber person);
  [[nodiscard]] std::uint32_t next_date(const Person& person, const Flow& flow,
                                        const Dated& fact) const;
  void make_appointment(PersonNumber person, const Dated& date);
  void run_dates(PersonNumber person, std::uint32_t due_s);
  // fold/run_flows.cpp
  void happened(PersonNumber person, const Deed& deed, const EventInfo& info);
  static std::uint16_t next_serial(Person& person);
  void bring_in(PersonNumber person, std::uint16_t flow, std::uint32_t subject,
                std::int64_t since_us);
  /// Goes on from the instruction the stay is at, until it waits or ends.
  void go_on(PersonNumber person, std::size_t stay, bool waited);
  bool step(PersonNumber person, std::size_t stay, bool waited);
  void leave(PersonNumber person, std::size_t stay, std::string_view reason);
  bool migrated(Inside& stay, std::uint16_t current);
  void begin_wait(PersonNumber person, std::size_t stay, const Instruction& wait);
  void wait_until(PersonNumber person, std::size_t stay, std::uint32_t due_s);
  void run_due(std::size_t most);
  void arm_timer();
  void rebuild_agenda();
  // fold/decide.cpp
  struct Verdict {
    std::string_view reason;    ///< empty: send it
    std::uint32_t retry_s = 0;  ///< 0: never
  };
  // fold/channels.cpp
  [[nodiscard]] std::string_view unreachable(const Person& person, Channel channel) const;
  Verdict judge(const Person& person, const Flow& flow, const Instruction& message,
                Channel channel) const;
  /// Of the message's channels that are allowed now the one that this shopper answers to; when none
  /// is, why not.
  std::pair<Channel, Verdict> choose_channel(const Person& person, const Flow& flow,
                                             const Instruction& message, std::string_view id);
  Verdict capped(const Person& person, Channel channel) const;
  void note_sent(Person& person, Channel channel, bool marketing);
  [[nodiscard]] static std::uint32_t event_channel(Channel channel) noexcept {
    return channel == Channel::sms ? souk::v1::Event::SMS : souk::v1::Event::EMAIL;
  }
  /// False when the stay waits for a better moment.
  bool send_message(PersonNumber person, std::size_t stay, const Instruction& message);
  void send_webhook(PersonNumber person, std::size_t stay, const Instruction& step);
  void fill(v1::Outgoing& out, const Person& person, const Flow& flow, const Instruction& message,
            std::uint32_t subject) const;
  void add_item(v1::Outgoing& out, std::uint32_t product, double quantity) const;
  [[nodiscard]] bool bought_lately(const Person& person, std::uint32_t product) const;
  void suppress(const Person& person, const Flow& flow, const Instruction& message,
                const Verdict& verdict, Channel channel);
  // fold/offers.cpp
  [[nodiscard]] bool in_one_of(const Person& person,
                               const std::vector<std::string>& segments) const;
  [[nodiscard]] bool is_meant(const OfferRule& offer, const Person& person,
                              const Inside& stay) const;
  const OfferRule* choose_offer(const Person& person, const Inside& stay, const Flow& flow,
                                const Instruction& message, std::string& refused);
  void give_offer(v1::Outgoing& out, const OfferRule& offer) const;
  void note_offer(const v1::Outgoing& out);
  void set_variant(v1::Outgoing& out, const Instruction& message);
  // fold/habits.cpp
  /// A shopper does something: a visit, when it is the first for half an hour.
  void acts(Person& person, const EventInfo& info);
  void read_message(PersonNumber person, const JournalEntry& entry, const EventInfo& info);
  struct Moment {
    std::uint32_t at_s;  ///< when the message is best sent; now_s_: now
    std::string why;
  };
  /// `chosen`: this is the moment, say why.
  Moment best_moment(const Person& person, const Instruction& message, std::string_view id,
                     bool chosen);
  void fit_send_times();
  [[nodiscard]] const TimeZone& zone_of(const Person& person) const {
    return zones_.zone(person.zone == Zones::kUnknown ? own_zone_ : person.zone);
  }
  // send/perform.cpp
  struct Attempt;
  bool wants_recommendations(const v1::Outgoing& out, souk::v1::RecommendRequest& request) const;
  [[nodiscard]] std::vector<v1::Item> items_of(const souk::v1::RecommendReply& reply,
                                               const v1::Outgoing& out) const;
  void deliver(const std::shared_ptr<Attempt>& attempt, const std::vector<v1::Item>& recommended);
  /// Makes the e-mail of an attempt; false when it can't be made and the attempt has ended.
  bool write(Attempt& attempt, const std::vector<v1::Item>& recommended, Shipment& shipment);
  SmtpAnswer text(const SmsOptions& sms, const SmsMessage& message) const;
  void failed(Attempt& attempt, const Status& status);
  void ended(Attempt& attempt, const SmtpAnswer& answer);
  [[nodiscard]] std::shared_ptr<Delivery> delivery_now() const;
  // serve
  void add_variants(souk::v1::FlowRecord& flow) const;
  void add_offers(souk::v1::FlowRecord& flow, const Flow& definition) const;
  struct TopicState {
    std::string topic;
    bool wanted;  ///< the person gets messages about it
  };
  [[nodiscard]] std::vector<TopicState> topics_of(std::string_view shopper) const;
  Status broken_link(souk::v1::HttpBody& reply, const Status& status) const;
  Status choose_topics(const v1::Token& token, const std::string& body);
  void fill_measures(souk::v1::FlowRecord& record, std::uint16_t flow) const;
  [[nodiscard]] std::int64_t sent_us_of(const std::string& message_id) const;
  [[nodiscard]] Result<v1::Token> token_of(std::string_view text, v1::Token::Kind kind) const;
  void preview_of(v1::Outgoing& out, PersonNumber person, const Flow& flow,
                  const Instruction& message) const;
  void show_preview(const std::string& part, const v1::Outgoing& out,
                    const std::vector<v1::Item>& items,
                    souk::Reply<souk::v1::HttpBody> reply) const;
  struct Report;  ///< serve/feedback.cpp
  friend class FeedbackReader;
  /// Publishes what a provider said; false when it is about nobody we know.
  bool report(const Report& report);
  // serve/sms.cpp
  using SmsForm = std::map<std::string, std::string>;
  void sms_status(const SmsForm& form, std::string_view message_id);
  std::string sms_inbound(const SmsForm& form, std::string_view shop);
  [[nodiscard]] std::vector<std::string> people_of_number(const std::string& number) const;
  void read_caps(const v1::FrequencyCap& cap);
  void record_metrics();
  void publish_maker();
  [[nodiscard]] bool whole(const Person& person) const;
  /// Shows `look` every person until it says false. The fold goes on meanwhile: whoever comes or
  /// goes then may be missed.
  template <class Look>
  void look_through(Look&& look) const {
    constexpr PersonNumber kAtOnce = 4'096;
    bool more = true;
    for (PersonNumber from = 0; more; from += kAtOnce) {
      {
        const Lock lock(mutex_);
        const PersonNumber end = std::min(people_.end() - std::min(from, people_.end()), kAtOnce);
        more = end == kAtOnce;
        for (PersonNumber i = 0; i < end; ++i) {
          const Person& person = people_.at(from + i);
          if (person.known() && !look(person)) return;
        }
      }
      std::this_thread::yield();
    }
  }

  mutable std::mutex mutex_;  ///< guards what follows, up to the next such line
  Zones zones_;
  People people_;
  Catalog catalog_;
  FlowBook book_;
  Journal journal_;
  SendTimes send_times_;
  VariantBook variants_;
  OfferBook offers_;
  Agenda agenda_;
  Measures measures_;
  CalledIds called_;
  std::vector<std::string> names_;  ///< segments and topics by number
  std::string signing_key_;
  std::string currency_;     ///< of prices that name none
  std::uint32_t now_s_ = 0;  ///< time of the log
  std::size_t stays_ = 0;    ///< of everybody, in all flows
  /// Dates that bring people into flows; those that were dropped are counted until the queue is
  /// made anew.
  std::size_t appointments_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t steps_counted_ = 0;
  Zones::Number own_zone_ = 0;  ///< of shoppers whose zone is not known
  DayPart quiet_;
  struct Cap {
    std::uint32_t most = 0;  ///< 0: no cap
    std::uint32_t window_s = 0;
    bool defers = false;
  };
  Cap caps_[2];                  ///< by channel
  Cap cap_all_;                  ///< of both together
  std::uint32_t most_kept_ = 0;  ///< times of messages that caps look at
  bool learns_hours_ = false;    ///< some message leaves when the shopper reads
  std::uint32_t bought_window_s_ = 0;
  double holdout_ = 0;  ///< 0 to 1
  std::map<std::string, double, std::less<>> own_holdouts_;
  std::uint32_t click_window_s_ = 0;
  std::uint32_t horizon_s_ = 0;
  bool double_opt_in_ = false;
  std::string store_;
  bool can_send_ = false;
  bool can_text_ = false;
  bool makes_key_ = false;

  // The fold's own.
  /// The subscription that is being folded: where it was done, and about what.
  std::string subscription_source_;
  std::string subscription_topic_;
  souk::v1::Event envelope_;
  std::vector<std::shared_ptr<const Flow>> installed_;
  std::uint32_t armed_s_ = 0;
  bool key_asked_ = false;
  bool new_maker_ = false;
  std::shared_ptr<const MessageMaker> own_maker_;
  Metrics metrics_;

  // Any thread's.
  MachineWatch watch_;
  souk::View<MessageMaker> maker_;
  mutable std::mutex delivery_mutex_;
  std::shared_ptr<Delivery> delivery_;  ///< guarded by delivery_mutex_
};

}  // namespace souk::email
