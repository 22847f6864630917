// What recipients decide for themselves: unsubscribing (RFC 8058), choosing topics, confirming an
// address. A page changes nothing by being looked at; the button's event is the proof, with its
// time, the message and the place.
#include <algorithm>
#include <cctype>

#include "plugins/email/email.hpp"
#include "plugins/email/serve/pages.hpp"

namespace souk::email {

std::vector<Email::TopicState> Email::topics_of(std::string_view shopper) const {
  const Lock lock(mutex_);
  const PersonNumber number = people_.find(shopper);
  std::vector<TopicState> topics;
  for (const FlowState& state : book_.flows()) {
    if (state.current == kNoFlow) continue;
    const Flow& flow = *book_.version(state.current).flow;
    for (const Instruction& step : flow.program) {
      if (step.op != Op::message || flow.transactional) continue;
      const bool there = std::any_of(topics.begin(), topics.end(), [&](const TopicState& one) {
        return one.topic == step.topic;
      });
      if (!there) topics.push_back({step.topic, false});
    }
  }
  std::sort(topics.begin(), topics.end(),
            [](const TopicState& a, const TopicState& b) { return a.topic < b.topic; });
  if (number == kNobody) return topics;
  const Person& person = people_.at(number);
  for (TopicState& one : topics) {
    one.wanted = person.email_word == Word::granted;
    for (const TopicWord& word : person.rare().topics) {
      if (names_[word.topic] == one.topic)
        one.wanted = word.granted && person.email_word != Word::withdrawn;
    }
  }
  return topics;
}

/// People see a page here, not a program's answer; its status is still that of a wrong request.
Status Email::broken_link(souk::v1::HttpBody& reply, const Status& status) const {
  const auto maker = maker_.read();
  if (!maker) return status;
  std::string why(status.message());
  why[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(why[0])));
  answer_page(reply, maker->shop_name(),
              "<p>" + html_escaped(why) +
                  ".</p><p class=\"note\">Open it from the message itself, "
                  "or write to us.</p>");
  reply.set_status(400);
  return {};
}

Status Email::show_unsubscribe(const souk::v1::UnsubscribePageRequest& request, const CallInfo&,
                               souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::UNSUBSCRIBE);
  if (!token.ok()) return broken_link(reply, token.status());
  std::string boxes;
  for (const TopicState& one : topics_of(token->shopper_id())) {
    const std::string name = html_escaped(one.topic);
    boxes += "<label><input type=\"checkbox\" name=\"topic\" value=\"" + name + "\"" +
             (one.wanted ? " checked" : "") + ">" + name + "</label>";
  }
  const std::string form =
      "<form method=\"post\" action=\"?token=" + html_escaped(request.token()) + "\">";
  std::string inside = "<p>Which messages should we stop sending you?</p>" + form +
                       "<p><button name=\"scope\" value=\"topic\">Only messages about &ldquo;" +
                       html_escaped(token->topic()) +
                       "&rdquo;</button></p><p><button class=\"main\" name=\"scope\" "
                       "value=\"all\">All messages</button></p></form>";
  if (!boxes.empty()) {
    inside += form + "<fieldset><legend>Or choose</legend>" + boxes +
              "<button name=\"scope\" value=\"choose\">Keep only these</button></fieldset></form>";
  }
  answer_page(reply, maker_.read()->shop_name(),
              inside + "<p class=\"note\">Messages about your orders are not affected.</p>");
  return {};
}

Status Email::choose_topics(const v1::Token& token, const std::string& body) {
  const std::vector<std::string> chosen = form_values(body, "topic");
  for (const TopicState& one : topics_of(token.shopper_id())) {
    const bool wanted = std::find(chosen.begin(), chosen.end(), one.topic) != chosen.end();
    if (wanted == one.wanted) continue;
    const About about{.shopper_id = token.shopper_id(), .channel = souk::v1::Event::EMAIL};
    Status status;
    if (wanted) {
      souk::v1::Subscribed event;
      event.set_topic(one.topic);
      event.set_source("preferences, from " + token.message_id());
      event.set_confirmed(true);
      status = publish(event, about);
    } else {
      souk::v1::Unsubscribed event;
      event.set_message_id(token.message_id());
      event.set_topic(one.topic);
      event.set_reason("preferences");
      status = publish(event, about);
    }
    if (!status.ok()) return status;
  }
  return {};
}

Status Email::unsubscribe(const souk::v1::UnsubscribeRequest& request, const CallInfo&,
                          souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::UNSUBSCRIBE);
  if (!token.ok()) return token.status();
  const std::string& body = request.body().data();
  const bool one_click = body.find("One-Click") != std::string::npos;
  const bool only_topic = body.find("scope=topic") != std::string::npos;
  if (!one_click && body.find("scope=choose") != std::string::npos) {
    if (Status status = choose_topics(*token, body); !status.ok()) return status;
    answer_page(reply, maker_.read()->shop_name(), "<p>Done. Your choice is kept.</p>");
    return {};
  }
  if (!one_click && !only_topic && body.find("scope=all") == std::string::npos) {
    return {Code::invalid_argument,
            "must be List-Unsubscribe=One-Click, scope=topic, scope=all or scope=choose", "body"};
  }
  souk::v1::Unsubscribed event;
  event.set_message_id(token->message_id());
  if (only_topic) event.set_topic(token->topic());
  event.set_reason(one_click ? "one-click" : "page");
  if (Status status =
          publish(event, {.shopper_id = token->shopper_id(), .channel = souk::v1::Event::EMAIL});
      !status.ok())
    return status;
  answer_page(reply, maker_.read()->shop_name(),
              "<p>Done. You will get no more of these messages. If one is on its way already, it "
              "may still arrive.</p>");
  return {};
}

Status Email::show_confirmation(const souk::v1::UnsubscribePageRequest& request, const CallInfo&,
                                souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::CONFIRM);
  if (!token.ok()) return broken_link(reply, token.status());
  const std::string about =
      token->topic().empty() ? "" : " about &ldquo;" + html_escaped(token->topic()) + "&rdquo;";
  answer_page(reply, maker_.read()->shop_name(),
              "<p>Do you want messages from us" + about +
                  "? One press, and you are in.</p><form method=\"post\" action=\"?token=" +
                  html_escaped(request.token()) +
                  "\"><button class=\"main\" name=\"confirm\" value=\"yes\">Yes, send them</button>"
                  "</form><p class=\"note\">If it was not you who asked, close this page: nothing "
                  "will be sent.</p>");
  return {};
}

Status Email::confirm(const souk::v1::UnsubscribeRequest& request, const CallInfo&,
                      souk::v1::HttpBody& reply) {
  const auto token = token_of(request.token(), v1::Token::CONFIRM);
  if (!token.ok()) return token.status();
  if (form_values(request.body().data(), "confirm") != std::vector<std::string>{"yes"})
    return {Code::invalid_argument, "must be confirm=yes", "body"};
  souk::v1::Subscribed event;
  event.set_topic(token->topic());
  const std::string place = token->source().empty() ? "form" : token->source();
  event.set_source(place + ", confirmed from " + token->message_id());
  event.set_confirmed(true);
  if (Status status =
          publish(event, {.shopper_id = token->shopper_id(), .channel = souk::v1::Event::EMAIL});
      !status.ok())
    return status;
  answer_page(reply, maker_.read()->shop_name(),
              "<p>Thank you, your address is confirmed. Every message has a link by which you can "
              "stop them.</p>");
  return {};
}

}  // namespace souk::email
