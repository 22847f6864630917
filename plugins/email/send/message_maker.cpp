#include "plugins/email/send/message_maker.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "plugins/email/send/sms_text.hpp"

namespace souk::email {
namespace {

Status maker_fault(std::string field, std::string message) {
  return {Code::invalid_argument, std::move(message), std::move(field)};
}

constexpr std::string_view kConfirmationFlow = "double_opt_in";
constexpr std::string_view kConfirmationTemplate = "double_opt_in";
/// Whoever takes longer does not remember what they asked for: they subscribe again.
constexpr std::int64_t kConfirmWithinS = 30 * 86'400;

/// Letters, digits and hyphens: what may stand in a List-Id or a boundary.
std::string label_of(std::string_view text) {
  std::string label;
  for (const char c : text.substr(0, 60)) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool capital = c >= 'A' && c <= 'Z';
    label.push_back(good ? c : capital ? static_cast<char>(c - 'A' + 'a') : '-');
  }
  return label.empty() ? "messages" : label;
}

Status read_sms(const v1::Settings& settings, SmsOptions& out) {
  if (!settings.has_sms()) return {};
  const v1::Sms& sms = settings.sms();
  const bool account = !sms.account_sid().empty();
  if (account != sms.webhook().empty()) {
    return maker_fault("sms", "needs either an account_sid or a webhook");
  }
  if (account && sms.auth_token().empty())
    return maker_fault("sms.auth_token", "is needed with an account_sid");
  if (account && sms.from().empty() == sms.messaging_service().empty())
    return maker_fault("sms.from", "needs either `from` or a `messaging_service`");
  out.url = account ? (sms.url().empty() ? "https://api.twilio.com" : sms.url()) : std::string();
  while (out.url.ends_with('/'))
    out.url.pop_back();
  out.account = sms.account_sid();
  out.secret = sms.auth_token();
  out.from = sms.from();
  out.service = sms.messaging_service();
  out.webhook = sms.webhook();
  if (sms.timeout() > 0) out.timeout_ms = sms.timeout();
  if (sms.most_segments() > 0) out.most_segments = sms.most_segments();
  return {};
}

v1::Token confirmation_of(v1::Token token, const v1::Outgoing& out, std::int64_t now_us) {
  token.set_kind(v1::Token::CONFIRM);
  token.set_topic(out.wanted_topic());
  token.set_source(out.source());
  token.set_ends_s(now_us / 1'000'000 + kConfirmWithinS);
  return token;
}

std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

Result<std::shared_ptr<const MessageMaker>> MessageMaker::make(
    const v1::Settings& settings, const std::vector<std::shared_ptr<const Flow>>& flows) {
  auto maker = std::make_shared<MessageMaker>();
  const bool sends = settings.has_smtp();
  if (sends && settings.from().empty()) {
    return maker_fault("from", "a sender is needed, such as Shop <shop@example.org>");
  }
  if (sends && settings.public_url().empty()) {
    return maker_fault("public_url", "is needed: messages carry links for unsubscribing");
  }
  if (!settings.from().empty()) {
    auto from = parse_mailbox(settings.from());
    if (!from.ok()) return maker_fault("from", from.status().message());
    maker->from_ = *std::move(from);
  }
  if (!settings.reply_to().empty()) {
    auto reply_to = parse_mailbox(settings.reply_to());
    if (!reply_to.ok()) return maker_fault("reply_to", reply_to.status().message());
    maker->reply_to_ = *std::move(reply_to);
  }
  if (settings.smtp().has_dkim()) {
    const v1::Dkim& dkim = settings.smtp().dkim();
    auto signer = DkimSigner::make(dkim.domain(), dkim.selector(), text_of_file(dkim.key()));
    if (!signer.ok()) return maker_fault("smtp.dkim.key", signer.status().message());
    maker->dkim_ = *std::move(signer);
  }
  if (Status status = read_sms(settings, maker->sms_); !status.ok()) return status;
  maker->public_url_ = settings.public_url();
  while (maker->public_url_.ends_with('/'))
    maker->public_url_.pop_back();
  maker->store_ = settings.store();
  maker->shop_name_ = !settings.shop_name().empty() ? settings.shop_name()
                      : !maker->from_.name.empty()  ? maker->from_.name
                                                    : maker->from_.domain();
  maker->helo_ = maker->from_.domain();
  maker->mailto_ = settings.unsubscribe_mailto();
  maker->key_ = settings.secret();
  maker->feedback_token_ = settings.feedback_token();
  const v1::Tracking& tracking = settings.tracking();
  maker->opens_ = !tracking.off() && (!tracking.has_opens() || tracking.opens());
  maker->clicks_ = !tracking.off() && (!tracking.has_clicks() || tracking.clicks());
  maker->untracked_countries_.assign(tracking.off_in().begin(), tracking.off_in().end());
  auto renderer = Renderer::make(settings, flows);
  if (!renderer.ok()) return renderer.status();
  maker->renderer_ = *std::move(renderer);
  return std::shared_ptr<const MessageMaker>(std::move(maker));
}

std::shared_ptr<const MessageMaker> MessageMaker::with_key(const std::string& key) const {
  auto maker = std::make_shared<MessageMaker>(*this);
  if (maker->key_.empty()) maker->key_ = key;
  return maker;
}

std::shared_ptr<const MessageMaker> MessageMaker::for_preview() const {
  auto maker = std::make_shared<MessageMaker>(*this);
  maker->key_ = "preview of " + shop_name_ + random_secret();
  return maker;
}

std::string MessageMaker::link(const char* path, const v1::Token& token) const {
  return public_url_ + path + sign_token(key_, store_, token);
}

std::string MessageMaker::sms_address(std::string_view kind, std::string_view token) const {
  std::string address = public_url_ + "/v1/messages/sms/" + std::string(kind);
  if (!token.empty()) address += "?token=" + std::string(token);
  return address;
}

Result<SmsMessage> MessageMaker::sms_message(const v1::Outgoing& out,
                                             const std::vector<v1::Item>& recommended,
                                             std::int64_t now_us) const {
  SmsMessage message;
  message.to = international_number(out.phone());
  if (message.to.empty())
    return Status(Code::invalid_argument, "the number is no international one: " + out.phone());
  auto text = renderer_->render_sms(out, recommended, now_us);
  if (!text.ok()) return text.status();
  const std::size_t segments = sms_length(*text).segments;
  if (segments > sms_.most_segments) {
    return Status(Code::invalid_argument, "the text takes " + std::to_string(segments) +
                                              " segments, and most_segments is " +
                                              std::to_string(sms_.most_segments));
  }
  message.text = *std::move(text);
  if (!public_url_.empty() && sms_.webhook.empty()) {
    const std::string store = store_.empty() ? std::string() : store_ + ".";
    message.callback = sms_address("status", store + out.message_id());
  }
  message.message_id = out.message_id();
  message.shopper_id = out.shopper_id();
  return message;
}

bool MessageMaker::tracks(const v1::Outgoing& out) const {
  return std::find(untracked_countries_.begin(), untracked_countries_.end(), out.country()) ==
         untracked_countries_.end();
}

Result<ReadyMessage> MessageMaker::message(const v1::Outgoing& out,
                                           const std::vector<v1::Item>& recommended,
                                           const std::string& attempt_key, std::int64_t now_us,
                                           bool tracked) const {
  if (key_.empty()) return Status(Code::failed_precondition, "the key of links is not made yet");
  v1::Token token;
  token.set_message_id(out.message_id());
  token.set_flow_id(out.flow_id());
  token.set_shopper_id(out.shopper_id());
  token.set_topic(out.topic());
  token.set_kind(v1::Token::UNSUBSCRIBE);
  MessageLinks links;
  links.unsubscribe = link("/v1/unsubscribe?token=", token);
  tracked = tracked && tracks(out);
  if (out.template_() == kConfirmationTemplate || out.flow_id() == kConfirmationFlow) {
    links.confirm = link("/v1/confirm?token=", confirmation_of(token, out, now_us));
  }
  token.set_kind(v1::Token::OPEN);
  if (tracked && opens_) links.open_pixel = link("/v1/o/", token);
  auto parts = renderer_->render(out, recommended, links, now_us);
  if (!parts.ok()) return parts.status();
  ReadyMessage ready;
  ready.parts = *std::move(parts);
  if (tracked && clicks_) {
    token.set_kind(v1::Token::CLICK);
    ready.parts.html = with_links(ready.parts.html, [&](const std::string& url) {
      if (url == links.unsubscribe || url == links.confirm) return std::string();
      token.set_url(url);
      return link("/v1/c/", token);
    });
  }

  MimeMessage mime;
  auto to = parse_mailbox(out.email());
  if (!to.ok()) return to.status();
  mime.to = *std::move(to);
  mime.to.name = out.name();
  mime.from = from_;
  mime.reply_to = reply_to_;
  mime.subject = ready.parts.subject;
  mime.message_id = out.message_id() + "." + attempt_key + "@" + from_.domain();
  mime.date_us = now_us;
  mime.html = ready.parts.html;
  mime.text = ready.parts.text;
  mime.boundary = "=_" + label_of(out.message_id());
  std::string list = "<" + links.unsubscribe + ">";
  if (!mailto_.empty()) list = "<mailto:" + mailto_ + "?subject=unsubscribe>,\r\n " + list;
  mime.headers.emplace_back("List-Unsubscribe", list);
  mime.headers.emplace_back("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  mime.headers.emplace_back("List-Id", "<" + label_of(out.topic()) + "." + from_.domain() + ">");
  mime.headers.emplace_back("X-PM-Metadata-message", out.message_id());
  mime.headers.emplace_back("Feedback-ID",
                            label_of(out.flow_id()) + ":" + label_of(out.topic()) + ":souk");
  MimeText text = make_mime(mime);
  if (dkim_) {
    auto signature = dkim_->sign(text, now_us);
    if (!signature.ok()) return signature.status();
    text.headers.emplace(text.headers.begin(), "DKIM-Signature", *std::move(signature));
  }
  ready.from = from_.address;
  ready.to = mime.to.address;
  ready.domain = mime.to.domain();
  ready.subject = mime.subject;
  ready.content = text.whole();
  return ready;
}

}  // namespace souk::email
