// Bounces and complaints, in the forms of SES (through SNS), Postmark, SendGrid and Souk's own.
#include <algorithm>

#include "plugins/email/email.hpp"
#include "plugins/email/send/token.hpp"
#include "plugins/email/template/value.hpp"

namespace souk::email {

struct Email::Report {
  enum class Kind : std::uint8_t { none, hard, soft, complaint, delivered } kind = Kind::none;
  std::string message_id;  ///< ours, without angle brackets
  std::string email;
  std::string reason;
};

namespace {

/// "<m-1f….5a@shop.example>" → "m-1f…"; empty for another's id.
std::string own_id(std::string_view text) {
  if (text.starts_with('<')) text.remove_prefix(1);
  if (!text.starts_with("m-")) return {};
  return std::string(text.substr(0, text.find_first_of(".@>")));
}

std::string text_at(const Value& value, const char* key) {
  return std::string(value.get(key).as_text());
}

}  // namespace

/// Reads one provider's reports.
class FeedbackReader {
 public:
  using Kind = Email::Report::Kind;

  static void souk(const Value& body, std::vector<Email::Report>& out) {
    const std::string type = text_at(body, "type");
    out.push_back({type == "hard"        ? Kind::hard
                   : type == "soft"      ? Kind::soft
                   : type == "complaint" ? Kind::complaint
                   : type == "delivered" ? Kind::delivered
                                         : Kind::none,
                   own_id(body.get("messageId").as_text()), text_at(body, "email"),
                   text_at(body, "reason")});
  }
  static void ses(const Value& body, ValueArena& arena, std::vector<Email::Report>& out) {
    Value message = body;
    if (const std::string_view inner = body.get("Message").as_text(); !inner.empty()) {
      if (auto parsed = parse_json(inner, arena); parsed.ok()) message = *parsed;
    }
    std::string type = text_at(message, "notificationType");
    if (type.empty()) type = text_at(message, "eventType");
    Email::Report report;
    const Value mail = message.get("mail");
    report.message_id = own_id(mail.get("commonHeaders").get("messageId").as_text());
    for (const Value& header : mail.get("headers").items()) {
      const std::string_view name = header.get("name").as_text();
      if (name == "Message-ID" || name == "Message-Id")
        report.message_id = own_id(header.get("value").as_text());
    }
    report.email = std::string(mail.get("destination").at(0).as_text());
    if (type == "Bounce") {
      const Value bounce = message.get("bounce");
      report.kind = bounce.get("bounceType").as_text() == "Permanent" ? Kind::hard : Kind::soft;
      report.reason =
          std::string(bounce.get("bouncedRecipients").at(0).get("diagnosticCode").as_text());
    }
    if (type == "Complaint") report.kind = Kind::complaint;
    if (type == "Delivery") report.kind = Kind::delivered;
    out.push_back(std::move(report));
  }
  static void postmark(const Value& body, std::vector<Email::Report>& out) {
    Email::Report report;
    const std::string_view record = body.get("RecordType").as_text();
    const std::string_view type = body.get("Type").as_text();
    if (record == "Bounce") report.kind = type == "HardBounce" ? Kind::hard : Kind::soft;
    if (record == "SpamComplaint" || type == "SpamComplaint") report.kind = Kind::complaint;
    if (record == "Delivery") report.kind = Kind::delivered;
    report.message_id = own_id(body.get("Metadata").get("message").as_text());
    report.email = text_at(body, "Email");
    if (report.email.empty()) report.email = text_at(body, "Recipient");
    report.reason = text_at(body, "Description");
    out.push_back(std::move(report));
  }
  static void sendgrid(const Value& body, std::vector<Email::Report>& out) {
    for (const Value& event : body.items()) {
      Email::Report report;
      const std::string_view type = event.get("event").as_text();
      const bool blocked = event.get("type").as_text() == "blocked";
      if (type == "bounce") report.kind = blocked ? Kind::soft : Kind::hard;
      if (type == "dropped" || type == "deferred") report.kind = Kind::soft;
      if (type == "spamreport") report.kind = Kind::complaint;
      if (type == "delivered") report.kind = Kind::delivered;
      report.message_id = own_id(event.get("smtp-id").as_text());
      report.email = text_at(event, "email");
      report.reason = text_at(event, "reason");
      out.push_back(std::move(report));
    }
  }
};

bool Email::report(const Report& report) {
  if (report.kind == Report::Kind::none) return false;
  std::string shopper;
  std::string flow;
  {
    const Lock lock(mutex_);
    if (const JournalEntry* entry = journal_.find(report.message_id); entry != nullptr) {
      shopper = entry->shopper_id;
      flow = entry->flow_id;
    }
  }
  if (shopper.empty() && !report.email.empty()) {
    look_through([&](const Person& person) {
      if (person.texts.get(Contact::email) == report.email) shopper = person.id();
      return shopper.empty();
    });
  }
  if (shopper.empty()) return false;
  const About about{.shopper_id = shopper, .channel = souk::v1::Event::EMAIL};
  if (report.kind == Report::Kind::complaint) {
    souk::v1::MessageMarkedAsSpam event;
    event.set_message_id(report.message_id);
    event.set_flow_id(flow);
    return publish(event, about).ok();
  }
  if (report.kind == Report::Kind::delivered) {
    souk::v1::MessageDelivered event;
    event.set_message_id(report.message_id);
    event.set_flow_id(flow);
    return publish(event, about).ok();
  }
  souk::v1::MessageBounced event;
  event.set_message_id(report.message_id);
  event.set_flow_id(flow);
  event.set_permanent(report.kind == Report::Kind::hard);
  event.set_reason(ascii_line(report.reason));
  return publish(event, about).ok();
}

Status Email::receive_feedback(const souk::v1::FeedbackRequest& request, const CallInfo&,
                               souk::v1::FeedbackReply& reply) {
  const auto maker = maker_.read();
  std::string_view token = request.token();
  if (const std::size_t dot = token.find('.'); dot != std::string_view::npos)
    token.remove_prefix(dot + 1);
  if (!maker || maker->feedback_token().empty() || !same_secret(token, maker->feedback_token())) {
    return {Code::permission_denied, "the token is not the setting feedback_token", "token"};
  }
  ValueArena arena;
  const auto body = parse_json(request.body().data(), arena);
  if (!body.ok()) return {Code::invalid_argument, body.status().message(), "body"};
  std::vector<Report> reports;
  if (request.provider() == "souk") FeedbackReader::souk(*body, reports);
  if (request.provider() == "ses") FeedbackReader::ses(*body, arena, reports);
  if (request.provider() == "postmark") FeedbackReader::postmark(*body, reports);
  if (request.provider() == "sendgrid") FeedbackReader::sendgrid(*body, reports);
  for (const Report& one : reports) {
    if (report(one)) {
      reply.set_accepted(reply.accepted() + 1);
    } else {
      reply.set_ignored(reply.ignored() + 1);
    }
  }
  return {};
}

}  // namespace souk::email
