// What the service for text messages posts: what became of them, and what recipients answer.
#include <algorithm>
#include <array>

#include "plugins/email/email.hpp"
#include "plugins/email/send/sms_form.hpp"
#include "plugins/email/send/sms_text.hpp"
#include "plugins/email/send/token.hpp"

namespace souk::email {
namespace {

const std::string& field_of(const std::map<std::string, std::string>& form, const char* name) {
  static const std::string kNothing;
  const auto found = form.find(name);
  return found == form.end() ? kNothing : found->second;
}

/// Numbers that will never take a message: unknown, a land line, no mobile number, invalid.
bool never_takes(std::string_view code) {
  constexpr std::array<std::string_view, 5> kNever{"30005", "30006", "21211", "21614", "21217"};
  return std::find(kNever.begin(), kNever.end(), code) != kNever.end();
}

std::string escaped_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string_view signature_of(const souk::v1::HttpBody& body) {
  for (const auto& header : body.headers()) {
    if (header.name() == "X-Twilio-Signature") return header.value();
  }
  return {};
}

}  // namespace

/// Several people may share a telephone: what it says holds for all of them.
std::vector<std::string> Email::people_of_number(const std::string& number) const {
  std::vector<std::string> ids;
  if (number.empty()) return ids;
  look_through([&](const Person& person) {
    const std::string_view phone = person.texts.get(Contact::phone);
    if (!phone.empty() && international_number(phone) == number) ids.emplace_back(person.id());
    return true;
  });
  return ids;
}

void Email::sms_status(const SmsForm& form, std::string_view message_id) {
  const std::string& status = field_of(form, "MessageStatus");
  const std::string& code = field_of(form, "ErrorCode");
  std::string shopper, flow;
  {
    const Lock lock(mutex_);
    const JournalEntry* entry = journal_.find(message_id);
    if (entry == nullptr || !entry->sms) return;
    shopper = entry->shopper_id;
    flow = entry->flow_id;
  }
  const About about{.shopper_id = shopper, .channel = souk::v1::Event::SMS};
  if (status == "delivered") {
    souk::v1::MessageDelivered event;
    event.set_message_id(std::string(message_id));
    event.set_flow_id(flow);
    (void)publish(event, about);
  } else if (status == "undelivered" || status == "failed") {
    souk::v1::MessageBounced event;
    event.set_message_id(std::string(message_id));
    event.set_flow_id(flow);
    event.set_permanent(never_takes(code));
    event.set_reason(status + (code.empty() ? "" : ", " + code));
    (void)publish(event, about);
  }
}

/// The text to answer with; empty: none.
std::string Email::sms_inbound(const SmsForm& form, std::string_view shop) {
  // A service that keeps its own list of who stopped says what it took the answer for.
  const std::string& taken_for = field_of(form, "OptOutType");
  const SmsWord word = sms_word_of(taken_for.empty() ? field_of(form, "Body") : taken_for);
  if (word == SmsWord::none) return {};
  if (word == SmsWord::help)
    return std::string(shop) + ": answer STOP and you get no more messages from us.";
  for (const std::string& id : people_of_number(international_number(field_of(form, "From")))) {
    const About about{.shopper_id = id, .channel = souk::v1::Event::SMS};
    if (word == SmsWord::stop) {
      souk::v1::Unsubscribed event;
      event.set_reason("STOP");
      (void)publish(event, about);
    } else {
      souk::v1::Subscribed event;
      event.set_source("START");
      (void)publish(event, about);
    }
  }
  return {};
}

Status Email::receive_sms(const souk::v1::ReceiveSmsRequest& request, const CallInfo&,
                          souk::v1::HttpBody& reply) {
  const auto maker = maker_.read();
  if (!maker || maker->sms().secret.empty())
    return {Code::permission_denied, "no service for text messages is set"};
  const SmsForm form = form_fields(request.body().data());
  const std::string wanted = twilio_signature(
      maker->sms().secret, maker->sms_address(request.kind(), request.token()), form);
  if (!same_secret(signature_of(request.body()), wanted)) {
    return {Code::permission_denied,
            "the signature is not that of " + maker->sms_address(request.kind(), request.token())};
  }
  std::string answer;
  if (request.kind() == "status") {
    std::string_view message_id = request.token();
    message_id.remove_prefix(std::min(message_id.find('.') + 1, message_id.size()));
    sms_status(form, message_id);
  } else {
    answer = sms_inbound(form, maker->shop_name());
  }
  reply.set_content_type("text/xml; charset=utf-8");
  reply.set_data("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>" +
                 (answer.empty() ? "" : "<Message>" + escaped_xml(answer) + "</Message>") +
                 "</Response>");
  return {};
}

}  // namespace souk::email
