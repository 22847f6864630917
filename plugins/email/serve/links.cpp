// The links inside messages: unsubscribing (RFC 8058), opens, clicks. What they do is an event in
// the log like any other.
#include "plugins/email/email.hpp"
#include "plugins/email/send/token.hpp"

namespace souk::email {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out.push_back(c);
  }
  return out;
}

void page(souk::v1::HttpBody& reply, const std::string& shop, const std::string& inside) {
  reply.set_content_type("text/html; charset=utf-8");
  reply.set_data(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\"><title>" +
      escaped(shop) +
      "</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;"
      "padding:0 1rem;color:#1c1c1e}button{font:inherit;padding:.6rem 1rem;margin:.3rem 0;"
      "border:1px solid #1c1c1e;border-radius:.4rem;background:#fff;cursor:pointer}"
      "button.main{background:#1c1c1e;color:#fff}</style></head><body><h1>" +
      escaped(shop) + "</h1>" + inside + "</body></html>");
  auto* header = reply.add_headers();
  header->set_name("Cache-Control");
  header->set_value("no-store");
}

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
  return token;
}

Status Email::show_unsubscribe(const souk::v1::UnsubscribePageRequest& request, const CallInfo&,
                               souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::UNSUBSCRIBE);
  if (!token.ok()) return token.status();
  const std::string topic = escaped(token->topic());
  page(reply, maker_.read()->shop_name(),
       "<p>Which messages should we stop sending you?</p><form method=\"post\" action=\"?token=" +
           escaped(request.token()) +
           "\"><p><button name=\"scope\" value=\"topic\">Only messages about &ldquo;" + topic +
           "&rdquo;</button></p><p><button class=\"main\" name=\"scope\" value=\"all\">All "
           "messages</button></p></form><p>Messages about your orders are not affected.</p>");
  return {};
}

Status Email::unsubscribe(const souk::v1::UnsubscribeRequest& request, const CallInfo&,
                          souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::UNSUBSCRIBE);
  if (!token.ok()) return token.status();
  const std::string& body = request.body().data();
  const bool one_click = body.find("One-Click") != std::string::npos;
  const bool only_topic = body.find("scope=topic") != std::string::npos;
  if (!one_click && !only_topic && body.find("scope=all") == std::string::npos) {
    return {Code::invalid_argument, "must be List-Unsubscribe=One-Click, scope=topic or scope=all",
            "body"};
  }
  souk::v1::Unsubscribed event;
  event.set_message_id(token->message_id());
  if (only_topic) event.set_topic(token->topic());
  event.set_reason(one_click ? "one-click" : "page");
  if (Status status =
          publish(event, {.shopper_id = token->shopper_id(), .channel = souk::v1::Event::EMAIL});
      !status.ok())
    return status;
  page(reply, maker_.read()->shop_name(),
       "<p>Done. You will get no more of these messages. If one is on its way already, it may "
       "still arrive.</p>");
  return {};
}

Status Email::track_open(const souk::v1::TrackRequest& request, const CallInfo&,
                         souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::OPEN);
  if (!token.ok()) return token.status();
  souk::v1::MessageOpened event;
  event.set_message_id(token->message_id());
  event.set_flow_id(token->flow_id());
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
