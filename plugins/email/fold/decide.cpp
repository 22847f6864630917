// Whether a message leaves, and when: consent, quiet hours, caps, and never what was just bought.
#include <algorithm>
#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "plugins/email/email.hpp"

namespace souk::email {
namespace {

constexpr int kMostItems = 12;
constexpr int kMostViewed = 4;
constexpr int kMostExcluded = 100;
/// A message that can't be queued now is tried again after this long.
constexpr std::uint32_t kQueueFullS = 60;
/// After so many deferrals a message is dropped: whoever always has a reason never gets it.
constexpr std::uint8_t kMostDeferrals = 30;

std::string message_id_of(const Person& person, const Inside& stay, const Flow& flow,
                          std::uint16_t step) {
  std::string text(person.id());
  text.push_back('\0');
  text += flow.id;
  for (const std::uint32_t part :
       {stay.entered_s, std::uint32_t{stay.serial}, std::uint32_t{step}}) {
    text.push_back('\0');
    text += std::to_string(part);
  }
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id = "m-";
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4)
      id.push_back(kHex[(half >> static_cast<unsigned>(shift)) & 0xfU]);
  }
  return id;
}

}  // namespace

bool Email::bought_lately(const Person& person, std::uint32_t product) const {
  return std::any_of(person.rare().bought.begin(), person.rare().bought.end(),
                     [&](const Bought& one) {
                       return one.product == product && one.at_s + bought_window_s_ > now_s_;
                     });
}

void Email::add_item(v1::Outgoing& out, std::uint32_t number, double quantity) const {
  const ProductFacts& product = catalog_.at(number);
  if (product.hidden || out.items_size() >= kMostItems) return;
  auto* item = out.add_items();
  item->set_product_id(product.id);
  item->set_title(product.title.empty() ? product.id : product.title);
  item->set_url(product.url);
  item->set_image_url(product.image);
  item->set_price(product.price);
  item->set_list_price(product.list_price > product.price ? product.list_price : 0);
  item->set_currency(product.currency);
  item->set_quantity(quantity);
}

void Email::fill(v1::Outgoing& out, const Person& person, const Flow& flow,
                 const Instruction& message, std::uint32_t subject) const {
  out.set_shopper_id(std::string(person.id()));
  out.set_flow_id(flow.id);
  out.set_step(message.number);
  out.set_template_(message.template_name);
  out.set_subject(message.subject);
  out.set_email(std::string(person.texts.get(Contact::email)));
  out.set_phone(std::string(person.texts.get(Contact::phone)));
  out.set_name(std::string(person.texts.get(Contact::name)));
  out.set_locale(std::string(person.texts.get(Contact::locale)));
  out.set_country(std::string(person.texts.get(Contact::country)));
  out.set_topic(message.topic);
  out.set_transactional(flow.transactional);
  if (flow.match.happening == Happening::confirmation_wanted) {
    out.set_source(subscription_source_);
    out.set_wanted_topic(subscription_topic_);
  }
  out.set_recommend(message.recommend);
  out.set_recommend_limit(message.recommend_limit);
  out.set_zone(std::string(zones_.name(person.zone == Zones::kUnknown ? own_zone_ : person.zone)));
  switch (message.products) {
    case Products::cart:
      for (const CartLine& line : person.cart) {
        if (!bought_lately(person, line.product) && !catalog_.at(line.product).out)
          add_item(out, line.product, static_cast<double>(line.quantity));
      }
      break;
    case Products::viewed:
      for (std::size_t i = person.interests.size(); i-- > 0 && out.items_size() < kMostViewed;) {
        const std::uint32_t product = person.interests[i].product;
        if (!bought_lately(person, product) && !catalog_.at(product).out) add_item(out, product, 1);
      }
      break;
    case Products::bought:
      for (const Bought& one : person.rare().bought) {
        if (one.at_s == person.rare().bought.back().at_s) add_item(out, one.product, 1);
      }
      break;
    case Products::subject:
      if (subject != kNoProduct && !bought_lately(person, subject)) add_item(out, subject, 1);
      break;
    case Products::none:
      break;
  }
  for (const CartLine& line : person.cart)
    out.add_exclude(catalog_.at(line.product).id);
  for (const Bought& one : person.rare().bought) {
    if (out.exclude_size() < kMostExcluded && bought_lately(person, one.product))
      out.add_exclude(catalog_.at(one.product).id);
  }
  for (const v1::Item& item : out.items())
    out.add_exclude(item.product_id());
}

void Email::suppress(const Person& person, const Flow& flow, const Instruction& message,
                     const Verdict& verdict, Channel channel) {
  metrics_.suppressed.add();
  ++book_.figures(flow.id).suppressed[std::string(verdict.reason)];
  JournalEntry entry;
  entry.shopper_id = person.id();
  entry.flow_id = flow.id;
  entry.reason = verdict.reason;
  entry.decided_us = entry.changed_us = static_cast<std::int64_t>(now_s_) * 1'000'000;
  entry.step = message.number;
  entry.sms = channel == Channel::sms;
  entry.stage = verdict.retry_s == 0 ? MessageStage::suppressed : MessageStage::deferred;
  journal_.add(std::move(entry));
  souk::v1::MessageSuppressed event;
  event.set_flow_id(flow.id);
  event.set_step(message.number);
  event.set_reason(std::string(verdict.reason));
  if (verdict.retry_s != 0) event.mutable_retry_at()->set_seconds(verdict.retry_s);
  (void)publish(event, {.shopper_id = person.id(), .channel = event_channel(channel)});
}

bool Email::send_message(PersonNumber number, std::size_t at, const Instruction& message) {
  Person& person = people_.at(number);
  Inside& stay = person.inside[at];
  const std::shared_ptr<const Flow> flow = book_.version(stay.version).flow;
  const std::string message_id = message_id_of(person, stay, *flow, message.number);
  auto [channel, verdict] = choose_channel(person, *flow, message, message_id);
  std::string timing;
  if (verdict.reason.empty() && message.learned_time) {
    // Once: what is due at its hour goes out, whatever was learned meanwhile.
    const bool chosen = (stay.message_state & kTimed) != 0;
    Moment moment = best_moment(person, message, message_id, chosen);
    if (moment.at_s > now_s_) {
      stay.message_state = static_cast<std::uint8_t>(stay.message_state | kTimed);
      return wait_until(number, at, moment.at_s), false;
    }
    timing = std::move(moment.why);
  }
  v1::Outgoing out;
  if (verdict.reason.empty()) {
    fill(out, person, *flow, message, stay.subject);
    if (message.products != Products::none && out.items_size() == 0) verdict = {"no-products"};
  }
  // Last, so that the two groups differ in nothing but the message.
  if (verdict.reason.empty() && held_out(person, *flow)) verdict = {"holdout"};
  std::string no_offer;
  if (verdict.reason.empty() && !message.offers.empty()) {
    const OfferRule* offer = choose_offer(person, stay, *flow, message, no_offer);
    if (offer != nullptr) give_offer(out, *offer);
    if (offer == nullptr && message.needs_offer) verdict = {no_offer};
  }
  if (verdict.reason.empty()) {
    out.set_message_id(message_id);
    out.set_channel(event_channel(channel));
    set_variant(out, message);
    out.set_decided_us(static_cast<std::int64_t>(now_s_) * 1'000'000);
    if (!enqueue_effect("email", out.SerializeAsString()).ok()) {
      verdict = {"queue-full", now_s_ + kQueueFullS};
    }
  }
  if (verdict.retry_s != 0 && ++stay.deferred > kMostDeferrals) verdict.retry_s = 0;
  if (!verdict.reason.empty()) {
    // Nobody is told of visitors who never gave an address: there was no message to suppress.
    if (person.has_address()) suppress(person, *flow, message, verdict, channel);
    if (verdict.retry_s != 0) return wait_until(number, at, verdict.retry_s), false;
    // The next message has an hour of its own.
    stay.message_state = static_cast<std::uint8_t>(stay.message_state & ~kTimed);
    return true;
  }
  stay.deferred = 0;
  stay.message_state = 0;
  // What comes next counts from when the message left, not from when it was put off.
  stay.due_s = std::max(stay.due_s, now_s_);
  note_offer(out);
  note_sent(person, channel, !flow->transactional);
  metrics_.decided.add();
  ++book_.figures(flow->id).decided;
  variants_.decided(flow->id, message.number, out.variant(), out.message_id(), now_s_);
  JournalEntry entry;
  entry.message_id = out.message_id();
  entry.shopper_id = person.id();
  entry.flow_id = flow->id;
  entry.decided_us = entry.changed_us = out.decided_us();
  entry.step = message.number;
  entry.sms = channel == Channel::sms;
  entry.variant = out.variant();
  entry.offer = out.offer();
  entry.timing = std::move(timing);
  journal_.add(std::move(entry));
  return true;
}

/// By the message's id, so that the same is chosen whenever this is decided again.
void Email::set_variant(v1::Outgoing& out, const Instruction& message) {
  if (message.variants.empty()) return;
  std::vector<std::string> names;
  for (const VariantText& one : message.variants)
    names.push_back(one.name);
  const VariantText& chosen = message.variants[variants_.choose(out.flow_id(), message.number,
                                                                names, out.message_id(), now_s_)];
  out.set_variant(chosen.name);
  out.set_subject(chosen.subject);
  out.set_template_(chosen.template_name);
}

void Email::send_webhook(PersonNumber number, std::size_t at, const Instruction& step) {
  const Person& person = people_.at(number);
  const Inside& stay = person.inside[at];
  const std::shared_ptr<const Flow> flow = book_.version(stay.version).flow;
  v1::Outgoing out;
  out.set_message_id(message_id_of(person, stay, *flow, step.number));
  out.set_shopper_id(std::string(person.id()));
  out.set_flow_id(flow->id);
  out.set_step(step.number);
  out.set_webhook_url(step.url);
  out.set_decided_us(static_cast<std::int64_t>(now_s_) * 1'000'000);
  if (stay.subject != kNoProduct) add_item(out, stay.subject, 1);
  (void)enqueue_effect("webhook", out.SerializeAsString());
}

}  // namespace souk::email
