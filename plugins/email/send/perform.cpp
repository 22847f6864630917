// Effects: a decided message is completed, made and handed to the queue of connections.
#include <charconv>
#include <functional>
#include <utility>

#include <souk/effect_events.hpp>

#include "plugins/email/email.hpp"
#include "plugins/email/send/sms_text.hpp"

namespace souk::email {
namespace {

constexpr std::int64_t kRecommendTimeoutUs = 2'000'000;

std::string hex_of(std::uint64_t number) {
  char text[17];
  const auto end = std::to_chars(text, text + sizeof text, number, 16).ptr;
  return {text, end};
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) >= ' ') out.push_back(c);
  }
  return out + "\"";
}

/// On which channel it goes, for the envelope of what is published of it.
std::uint32_t channel_of(const v1::Outgoing& out) {
  if (!out.webhook_url().empty()) return souk::v1::Event::CHANNEL_UNSPECIFIED;
  return out.channel() == souk::v1::Event::SMS ? souk::v1::Event::SMS : souk::v1::Event::EMAIL;
}

std::string webhook_body(const v1::Outgoing& out) {
  std::string body = "{\"messageId\":" + json_text(out.message_id()) +
                     ",\"flowId\":" + json_text(out.flow_id()) +
                     ",\"step\":" + std::to_string(out.step()) +
                     ",\"shopperId\":" + json_text(out.shopper_id()) + ",\"products\":[";
  for (int i = 0; i < out.items_size(); ++i)
    body += (i == 0 ? "" : ",") + json_text(out.items(i).product_id());
  return body + "]}";
}

}  // namespace

/// One attempt at one effect; goes from thread to thread, never two at a time.
struct Email::Attempt {
  Attempt(EffectDone given, const Effect& effect)
      : done(std::move(given)), id(effect.id), number(effect.attempt) {}
  EffectDone done;
  std::uint64_t id;
  std::uint32_t number;
  v1::Outgoing out;
  std::string subject;
  std::vector<std::string> products;
};

void Email::perform(const Effect& effect, EffectDone done) {
  auto attempt = std::make_shared<Attempt>(std::move(done), effect);
  if (!attempt->out.ParseFromArray(effect.payload.data(),
                                   static_cast<int>(effect.payload.size()))) {
    return std::move(attempt->done).finish({Code::data_loss, "the message does not parse"});
  }
  if (effect.key == "webhook") return deliver(attempt, {});
  souk::v1::RecommendRequest request;
  if (!wants_recommendations(attempt->out, request)) return deliver(attempt, {});
  // Without that service, or without an answer in time, the message goes without the block.
  ask<souk::v1::RecommendationsService::Recommend>(
      request,
      [this, attempt](const Result<souk::v1::RecommendReply>& answer) {
        std::vector<v1::Item> items;
        if (answer.ok()) items = items_of(*answer, attempt->out);
        deliver(attempt, items);
      },
      {.timeout_us = kRecommendTimeoutUs});
}

bool Email::wants_recommendations(const v1::Outgoing& out,
                                  souk::v1::RecommendRequest& request) const {
  const auto maker = maker_.read();
  const std::uint32_t limit = maker ? maker->recommendations_shown(out) : 0;
  if (limit == 0) return false;
  request.set_kind(out.recommend().empty() ? "for_you" : out.recommend());
  request.set_shopper_id(out.shopper_id());
  request.set_limit(limit);
  if (out.items_size() > 0) request.set_product_id(out.items(0).product_id());
  for (const std::string& product : out.exclude())
    request.add_exclude(product);
  return true;
}

std::vector<v1::Item> Email::items_of(const souk::v1::RecommendReply& reply,
                                      const v1::Outgoing& out) const {
  const Lock lock(mutex_);
  v1::Outgoing found;
  for (const souk::v1::RecommendedItem& item : reply.items()) {
    const std::uint32_t product = catalog_.find(item.product_id());
    const bool excluded = std::find(out.exclude().begin(), out.exclude().end(),
                                    item.product_id()) != out.exclude().end();
    if (product != kNoProduct && !excluded && !catalog_.at(product).out)
      add_item(found, product, 1);
  }
  return {found.items().begin(), found.items().end()};
}

void Email::deliver(const std::shared_ptr<Attempt>& attempt,
                    const std::vector<v1::Item>& recommended) {
  const v1::Outgoing& out = attempt->out;
  const auto delivery = delivery_now();
  const auto maker = maker_.read();
  if (!delivery || !maker) {
    return std::move(attempt->done).finish({Code::unavailable, "no server is set"});
  }
  Shipment shipment;
  shipment.key = out.message_id() + "." + hex_of(attempt->id);
  if (!out.webhook_url().empty()) {
    shipment.webhook_url = out.webhook_url();
    shipment.content = webhook_body(out);
  } else if (out.channel() == souk::v1::Event::SMS) {
    auto message = maker->sms_message(out, recommended, host().now_us());
    if (!message.ok()) return failed(*attempt, message.status());
    message->key = shipment.key;
    shipment.send = [this, sms = maker->sms(), message = *std::move(message)] {
      return text(sms, message);
    };
    for (const v1::Item& item : out.items())
      attempt->products.push_back(item.product_id());
  } else {
    // Written by the connection that sends it: one thread would be the limit of twenty connections.
    shipment.domain = out.email().substr(out.email().rfind('@') + 1);
    shipment.write = [this, attempt, recommended](Shipment& its) {
      return write(*attempt, recommended, its);
    };
  }
  shipment.ended = [this, attempt](const SmtpAnswer& answer) { ended(*attempt, answer); };
  if (!delivery->add(std::move(shipment))) {
    std::move(attempt->done).finish({Code::resource_exhausted, "too many messages wait"});
  }
}

/// Blocks, on a thread of the delivery.
SmtpAnswer Email::text(const SmsOptions& sms, const SmsMessage& message) const {
  SmsAnswer answer = send_sms(sms, message);
  if (answer.answer.outcome == SmtpOutcome::sent)
    metrics_.segments.add(static_cast<double>(sms_length(message.text).segments));
  if (answer.unsubscribed) {
    souk::v1::Unsubscribed event;
    event.set_message_id(message.message_id);
    event.set_reason("the service says that this number answered STOP");
    (void)publish(event, {.shopper_id = message.shopper_id, .channel = souk::v1::Event::SMS});
  }
  return std::move(answer.answer);
}

bool Email::write(Attempt& attempt, const std::vector<v1::Item>& recommended, Shipment& shipment) {
  const v1::Outgoing& out = attempt.out;
  const auto maker = maker_.read();
  auto ready = maker->message(out, recommended, hex_of(attempt.id), host().now_us(), true);
  if (!ready.ok()) {
    failed(attempt, ready.status());
    return false;
  }
  attempt.subject = ready->subject;
  for (const v1::Item& item : out.items())
    attempt.products.push_back(item.product_id());
  for (const v1::Item& item : recommended)
    attempt.products.push_back(item.product_id());
  shipment.from = std::move(ready->from);
  shipment.to = std::move(ready->to);
  shipment.content = std::move(ready->content);
  return true;
}

/// The message can't be made: nothing that a server could mend, unless the key is still missing.
void Email::failed(Attempt& attempt, const Status& status) {
  if (status.code() == Code::failed_precondition) {
    return std::move(attempt.done).finish({Code::unavailable, status.message()});
  }
  souk::v1::MessageBounced event;
  event.set_message_id(attempt.out.message_id());
  event.set_flow_id(attempt.out.flow_id());
  event.set_permanent(status.code() == Code::invalid_argument);
  event.set_reason(status.message());
  (void)souk::publish_with_effect(
      host(), attempt.id, event,
      {.shopper_id = attempt.out.shopper_id(), .channel = channel_of(attempt.out)});
  std::move(attempt.done).finish(status);
  metrics_.bounced.add();
}

void Email::ended(Attempt& attempt, const SmtpAnswer& answer) {
  const v1::Outgoing& out = attempt.out;
  const About about{.shopper_id = out.shopper_id(), .channel = channel_of(out)};
  switch (answer.outcome) {
    case SmtpOutcome::again:
    case SmtpOutcome::unknown:
      if (attempt.number == 1) host().warning("a message is tried again: " + answer.text);
      std::move(attempt.done).finish({Code::unavailable, answer.text});
      return metrics_.retried.add();
    case SmtpOutcome::refused: {
      if (!out.webhook_url().empty())
        return std::move(attempt.done).finish({Code::permission_denied, answer.text});
      souk::v1::MessageBounced event;
      event.set_message_id(out.message_id());
      event.set_flow_id(out.flow_id());
      event.set_permanent(true);
      event.set_reason(answer.text);
      (void)souk::publish_with_effect(host(), attempt.id, event, about);
      std::move(attempt.done).finish({});
      return metrics_.bounced.add();
    }
    case SmtpOutcome::sent:
      break;
  }
  if (out.webhook_url().empty()) {
    souk::v1::MessageSent event;
    event.set_message_id(out.message_id());
    event.set_flow_id(out.flow_id());
    event.set_step(out.step());
    event.set_template_(out.template_());
    event.set_subject(attempt.subject);
    event.set_topic(out.topic());
    event.set_variant(out.variant());
    for (const std::string& product : attempt.products)
      event.add_product_ids(product);
    (void)souk::publish_with_effect(host(), attempt.id, event, about);
  }
  std::move(attempt.done).finish({});
  metrics_.sent.add();
}

}  // namespace souk::email
