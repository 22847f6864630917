// A flow as a program: what brings a shopper in, and the steps, flat, with jumps. Made from
// settings, immutable from then on.
#pragma once

#include <souk/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/model/condition.hpp"
#include "souk/email/v1/settings.pb.h"

namespace souk::email {

/// What happens in a shop, as flows name it ("orderCompleted").
enum class Happening : std::uint8_t {
  none,
  product_viewed,
  product_added,
  product_removed,
  wished,
  cart_viewed,
  checkout_started,
  order_completed,
  order_cancelled,
  order_delivered,
  product_reviewed,
  page_viewed,
  subscribed,
  unsubscribed,
  customer_upserted,
  message_opened,
  message_clicked,
  confirmation_wanted,  ///< somebody subscribed and has not confirmed the address
  tracked,              ///< by the name of the tracked event
};
/// `none` for a name that is not in the vocabulary: then it is that of a tracked event.
[[nodiscard]] Happening happening_of(std::string_view name) noexcept;

/// What brings in or is waited for.
struct EventMatch {
  Happening happening = Happening::none;
  std::string tracked;  ///< the tracked event's name
  Condition where;
};

enum class TriggerKind : std::uint8_t {
  event,
  segment_entered,
  segment_exited,
  back_in_stock,
  price_drop,
  date,
  call,
};

/// Which of the shopper's products a message shows.
enum class Products : std::uint8_t { none, cart, viewed, bought, subject };

enum class Op : std::uint8_t { delay, until, wait, branch, split, message, webhook, jump, exit };

enum class Channel : std::uint8_t { email, sms };
[[nodiscard]] constexpr std::string_view channel_name(Channel channel) noexcept {
  return channel == Channel::sms ? "sms" : "email";
}

/// What goes along with a message for those it is meant for.
struct OfferRule {
  std::string name;
  std::string code;
  double percent = 0;
  bool early_access = false;
  std::vector<std::string> meant_for;  ///< segments; empty: everybody
  std::vector<std::string> not_for;
  Condition when;
  std::uint64_t budget = 0;  ///< per period; 0: any number
  std::uint32_t period_s = 0;
};

/// One way to write a message.
struct VariantText {
  std::string name;
  std::string subject;  ///< a template; empty: the template's own
  std::string template_name;
};

/// One step. `next` is the instruction after it; `otherwise` where a branch, a split or a wait that
/// timed out goes on.
struct Instruction {
  Op op = Op::exit;
  std::uint16_t number = 0;  ///< of the step, from 1, as people count
  std::uint16_t otherwise = 0;
  std::uint32_t seconds = 0;  ///< of a delay or a time-out
  std::uint16_t minute = 0;   ///< of the day, for until
  std::uint8_t weekday = 7;   ///< 0 is Sunday, 7 any
  double share = 0;           ///< of a split, 0 to 1
  EventMatch match;           ///< of a wait
  Condition when;             ///< of a branch
  std::string template_name;  ///< of a message
  std::string subject;
  Products products = Products::none;
  std::string recommend;
  std::uint32_t recommend_limit = 0;
  std::string topic;
  std::string url;                    ///< of a webhook
  bool learned_time = false;          ///< the message leaves when the shopper reads
  std::uint32_t send_within_s = 0;    ///< how far it may be put off for that
  std::vector<VariantText> variants;  ///< none, or at least two
  std::vector<Channel> channels;      ///< of a message: at least one
  std::vector<OfferRule> offers;
  bool needs_offer = false;  ///< it is not sent without one
};

/// A flow. Immutable; any thread.
struct Flow {
  std::string id;
  std::string name;
  bool ready = false;
  TriggerKind trigger = TriggerKind::event;
  EventMatch match;          ///< of an event; `where` of every trigger
  std::string segment;       ///< of a segment
  double price_drop = 0;     ///< the least fall of the price, 0 to 1
  std::string date;          ///< attribute that holds a date
  std::uint16_t minute = 0;  ///< of the day, for a date
  int days_before = 0;       ///< of a date
  Condition filter;
  EventMatch goal;
  bool once = false;
  bool restart = false;
  bool transactional = false;
  bool migrate = false;
  std::uint32_t reentry_s = 0;
  std::uint8_t priority = 50;
  bool learned_time = false;  ///< of messages that do not say
  std::uint32_t send_within_s = 86'400;
  std::vector<Channel> channels = {Channel::email};  ///< of messages that do not say
  std::vector<Instruction> program;                  ///< ends with exit
  std::string definition;  ///< the settings it was made of, for comparison and snapshots

  /// The definition of `id`: a ready one, changed by what the merchant set, or the merchant's own.
  /// INVALID_ARGUMENT with the setting as `field` ("flows.mine.steps[2].if.when").
  static Result<std::shared_ptr<const Flow>> make(const std::string& id, const v1::Flow& settings);
  /// The same from `definition`.
  static std::shared_ptr<const Flow> from_definition(const std::string& id, bool ready,
                                                     const std::string& definition);
  [[nodiscard]] std::string trigger_words() const;
  [[nodiscard]] static std::string words(const Instruction& instruction);
};

/// The ready flow of this id, or nullptr: what stands in settings when its merchant writes `true`.
[[nodiscard]] const v1::Flow* ready_flow(std::string_view id);
/// The ids of all ready flows, for errors.
[[nodiscard]] std::string ready_flow_ids();

}  // namespace souk::email
