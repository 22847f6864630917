// GET /v1/messages, /v1/flows.
#include <charconv>

#include "plugins/email/email.hpp"
#include "plugins/email/send/sms_text.hpp"

namespace souk::email {
namespace {

void set_time(google::protobuf::Timestamp* out, std::int64_t us) {
  out->set_seconds(us / 1'000'000);
  out->set_nanos(static_cast<std::int32_t>(us % 1'000'000) * 1'000);
}

}  // namespace

Status Email::list_messages(const souk::v1::ListMessagesRequest& request, const CallInfo&,
                            souk::v1::ListMessagesReply& reply) {
  const Lock lock(mutex_);
  std::uint64_t before = journal_.end();
  if (!request.cursor().empty()) {
    const char* end = request.cursor().data() + request.cursor().size();
    if (std::from_chars(request.cursor().data(), end, before).ptr != end) {
      return {Code::invalid_argument, "is not one that an answer gave", "cursor"};
    }
    before = std::min(before, journal_.end());
  }
  const int limit = request.limit() == 0 ? 50 : static_cast<int>(request.limit());
  for (; before > journal_.begin() && reply.messages_size() < limit; --before) {
    const JournalEntry& entry = journal_.at(before - 1);
    const std::string_view stage = stage_name(entry.stage);
    if (!request.shopper_id().empty() && entry.shopper_id != request.shopper_id()) continue;
    if (!request.flow_id().empty() && entry.flow_id != request.flow_id()) continue;
    if (!request.status().empty() && stage != request.status()) continue;
    auto* message = reply.add_messages();
    message->set_message_id(entry.message_id);
    message->set_shopper_id(entry.shopper_id);
    message->set_flow_id(entry.flow_id);
    message->set_step(entry.step);
    message->set_status(std::string(stage));
    message->set_reason(entry.reason);
    message->set_subject(entry.subject);
    message->set_channel(entry.sms ? "sms" : "email");
    message->set_variant(entry.variant);
    message->set_offer(entry.offer);
    message->set_timing(entry.timing);
    set_time(message->mutable_decided_at(), entry.decided_us);
    set_time(message->mutable_changed_at(), entry.changed_us);
  }
  if (before > journal_.begin()) reply.set_next_cursor(std::to_string(before));
  return {};
}

Status Email::list_flows(const souk::v1::ListFlowsRequest&, const CallInfo&,
                         souk::v1::ListFlowsReply& reply) {
  const Lock lock(mutex_);
  for (std::uint16_t number = 0; number < book_.flows().size(); ++number) {
    const FlowState& state = book_.flows()[number];
    if (state.current == kNoFlow) continue;
    const FlowVersion& version = book_.version(state.current);
    const FlowFigures& figures = state.figures;
    auto* flow = reply.add_flows();
    flow->set_id(state.id);
    flow->set_name(version.flow->name);
    flow->set_trigger(version.flow->trigger_words());
    for (const Instruction& instruction : version.flow->program) {
      if (instruction.op != Op::jump) flow->add_steps(Flow::words(instruction));
    }
    flow->set_version(version.version);
    flow->set_ready(state.ready);
    flow->set_inside(book_.inside(number));
    flow->set_entered(figures.entered);
    flow->set_completed(figures.completed);
    flow->set_goals(figures.goals);
    flow->set_decided(figures.decided);
    flow->set_sent(figures.sent);
    flow->set_opened(figures.opened);
    flow->set_clicked(figures.clicked);
    flow->set_bounced(figures.bounced);
    flow->set_unsubscribed(figures.unsubscribed);
    flow->set_complained(figures.complained);
    fill_measures(*flow, number);
    for (const auto& [reason, count] : figures.suppressed) {
      auto* suppressed = flow->add_suppressed();
      suppressed->set_reason(reason);
      suppressed->set_count(count);
    }
    add_variants(*flow);
    add_offers(*flow, *version.flow);
  }
  return {};
}

void Email::add_offers(souk::v1::FlowRecord& flow, const Flow& definition) const {
  for (const OfferFigures& one : offers_.all()) {
    if (one.flow_id != flow.id()) continue;
    auto* figures = flow.add_offers();
    figures->set_step(one.step);
    figures->set_name(one.name);
    figures->set_given(one.given);
    figures->set_not_meant(one.not_meant);
    figures->set_out_of_budget(one.out_of_budget);
    for (const Instruction& instruction : definition.program) {
      if (instruction.op != Op::message || instruction.number != one.step) continue;
      for (const OfferRule& rule : instruction.offers) {
        OfferFigures now = one;
        if (rule.name == one.name && rule.budget > 0)
          figures->set_budget_left(OfferBook::left(now, rule, now_s_));
      }
    }
  }
}

void Email::add_variants(souk::v1::FlowRecord& flow) const {
  for (const VariantContest& contest : variants_.contests()) {
    if (contest.flow_id != flow.id()) continue;
    for (const VariantArm& arm : contest.arms) {
      auto* figures = flow.add_variants();
      figures->set_step(contest.step);
      figures->set_name(arm.name);
      figures->set_decided(arm.decided);
      figures->set_sent(arm.sent);
      figures->set_opened(arm.opened);
      figures->set_clicked(arm.clicked);
      figures->set_probability_best(arm.probability_best);
      figures->set_winner(arm.name == contest.winner);
    }
  }
}

void Email::preview_flow(const souk::v1::PreviewFlowRequest& request, const CallInfo&,
                         souk::Reply<souk::v1::HttpBody> reply) {
  v1::Outgoing out;
  {
    const Lock lock(mutex_);
    const std::uint16_t number = book_.find(request.flow_id());
    if (number == kNoFlow || book_.flows()[number].current == kNoFlow) {
      return std::move(reply).fail(
          {Code::not_found, "there is no flow \"" + request.flow_id() + "\"", "flow_id"});
    }
    const Flow& flow = *book_.version(book_.flows()[number].current).flow;
    const std::uint32_t wanted = request.message() == 0 ? 1 : request.message();
    std::uint32_t seen = 0;
    const Instruction* message = nullptr;
    for (const Instruction& instruction : flow.program) {
      if (instruction.op == Op::message && ++seen == wanted) message = &instruction;
    }
    if (message == nullptr) {
      return std::move(reply).fail(
          {Code::not_found, "the flow has " + std::to_string(seen) + " messages", "message"});
    }
    const PersonNumber person = people_.find(request.shopper_id());
    preview_of(out, person, flow, *message);
  }
  souk::v1::RecommendRequest question;
  if (!wants_recommendations(out, question))
    return show_preview(request.part(), out, {}, std::move(reply));
  auto shared = std::make_shared<souk::Reply<souk::v1::HttpBody>>(std::move(reply));
  ask<souk::v1::RecommendationsService::Recommend>(
      question,
      [this, out, part = request.part(), shared](const Result<souk::v1::RecommendReply>& answer) {
        std::vector<v1::Item> items;
        if (answer.ok()) items = items_of(*answer, out);
        show_preview(part, out, items, std::move(*shared));
      });
}

/// What the person would get now; where there is nothing to show, products of the catalog stand in.
void Email::preview_of(v1::Outgoing& out, PersonNumber number, const Flow& flow,
                       const Instruction& message) const {
  const Person nobody;
  const Person& person = number == kNobody ? nobody : people_.at(number);
  std::uint32_t subject = kNoProduct;
  if (!person.interests.empty()) subject = person.interests.back().product;
  fill(out, person, flow, message, subject);
  if (!message.variants.empty()) {
    out.set_subject(message.variants.front().subject);
    out.set_template_(message.variants.front().template_name);
  }
  if (out.email().empty()) out.set_email("ada@example.org");
  if (number == kNobody) out.set_name("Ada Example");
  for (std::uint32_t i = 0; i < catalog_.size() && out.items_size() < 2; ++i) {
    if (message.products != Products::none && !catalog_.at(i).title.empty()) add_item(out, i, 1);
  }
  out.set_message_id("m-preview");
}

void Email::show_preview(const std::string& part, const v1::Outgoing& out,
                         const std::vector<v1::Item>& items,
                         souk::Reply<souk::v1::HttpBody> reply) const {
  const auto maker = maker_.read();
  if (!maker) return std::move(reply).fail({Code::unavailable, "the plugin is not configured"});
  if (part == "sms") {
    v1::Outgoing texted = out;
    if (international_number(out.phone()).empty()) texted.set_phone("+15005550006");
    auto message = maker->sms_message(texted, items, host().now_us());
    if (!message.ok()) return std::move(reply).fail(message.status());
    souk::v1::HttpBody body;
    body.set_content_type("text/plain; charset=utf-8");
    body.set_data(message->text);
    return std::move(reply).send(body);
  }
  auto ready = maker->for_preview()->message(out, items, "0", host().now_us(), false);
  if (!ready.ok()) return std::move(reply).fail(ready.status());
  souk::v1::HttpBody body;
  body.set_content_type("text/plain; charset=utf-8");
  if (part == "text") {
    body.set_data(ready->parts.text);
  } else if (part == "subject") {
    body.set_data(ready->subject);
  } else if (part == "source") {
    body.set_data(ready->content);
  } else {
    body.set_content_type("text/html; charset=utf-8");
    body.set_data(ready->parts.html);
  }
  std::move(reply).send(body);
}

}  // namespace souk::email
