// The links inside messages that are counted: opens and clicks. What they do is an event in the log
// like any other, also when a machine follows them.
#include "plugins/email/email.hpp"
#include "plugins/email/send/token.hpp"

namespace souk::email {
namespace {

void no_store(souk::v1::HttpBody& reply) {
  auto* header = reply.add_headers();
  header->set_name("Cache-Control");
  header->set_value("no-store");
}

// A picture of one transparent pixel.
constexpr unsigned char kPixel[] = {
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b};

}  // namespace

Result<v1::Token> Email::token_of(std::string_view text, v1::Token::Kind kind) const {
  const auto maker = maker_.read();
  if (!maker) return Status(Code::unavailable, "the plugin is not configured");
  auto token = read_token(maker->key(), text);
  if (token.ok() && token->kind() != kind) {
    return Status(Code::invalid_argument, "the link does something else", "token");
  }
  if (token.ok() && token->ends_s() > 0 && token->ends_s() * 1'000'000 <= host().now_us()) {
    return Status(Code::invalid_argument, "the link is too old: subscribe once more", "token");
  }
  return token;
}

std::int64_t Email::sent_us_of(const std::string& message_id) const {
  const Lock lock(mutex_);
  const JournalEntry* entry = journal_.find(message_id);
  return entry == nullptr ? 0 : entry->sent_us;
}

Status Email::track_open(const souk::v1::TrackRequest& request, const CallInfo&,
                         souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::OPEN);
  if (!token.ok()) return token.status();
  souk::v1::MessageOpened event;
  event.set_message_id(token->message_id());
  event.set_flow_id(token->flow_id());
  event.set_automated(
      watch_.open(request.user_agent(), sent_us_of(token->message_id()), host().now_us()));
  (void)publish(event, {.shopper_id = token->shopper_id(), .channel = souk::v1::Event::EMAIL});
  reply.set_content_type("image/gif");
  reply.set_data(kPixel, sizeof kPixel);
  no_store(reply);
  return {};
}

Status Email::track_click(const souk::v1::TrackRequest& request, const CallInfo&,
                          souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::CLICK);
  if (!token.ok()) return token.status();
  souk::v1::MessageClicked event;
  event.set_message_id(token->message_id());
  event.set_flow_id(token->flow_id());
  event.set_url(token->url());
  event.set_product_id(token->product_id());
  event.set_automated(watch_.click(token->message_id(), token->url(), request.user_agent(),
                                   sent_us_of(token->message_id()), host().now_us()));
  // The shopper gets where they want to go, counted or not.
  (void)publish(event, {.shopper_id = token->shopper_id(), .channel = souk::v1::Event::EMAIL});
  reply.set_status(302);
  auto* location = reply.add_headers();
  location->set_name("Location");
  location->set_value(token->url());
  no_store(reply);
  return {};
}

}  // namespace souk::email
