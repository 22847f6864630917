// What flows brought, for GET /v1/flows; and other systems that bring shoppers into one.
#include <cmath>

#include "plugins/email/email.hpp"

namespace souk::email {
namespace {

std::string span_words(std::uint32_t seconds) {
  const auto words = [](std::uint32_t count, const char* unit) {
    return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
  };
  if (seconds % 86'400 == 0) return words(seconds / 86'400, "day");
  if (seconds % 3'600 == 0) return words(seconds / 3'600, "hour");
  return words(seconds / 60, "minute");
}

double over(double sum, std::uint64_t count) {
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

void fill_slice(const std::string& name, const SliceFigures& slice, souk::v1::FlowSlice& out) {
  out.set_name(name);
  out.set_sent(slice.sent);
  out.set_opened(slice.opened);
  out.set_clicked(slice.clicked);
  out.set_orders(slice.orders);
  out.set_revenue(slice.revenue);
  out.set_revenue_per_recipient(over(slice.revenue, slice.sent));
}

void fill_group(const GroupSums& group, souk::v1::FlowGroup& out) {
  out.set_people(group.people);
  out.set_buyers(group.buyers);
  out.set_revenue_per_person(group.mean());
}

std::string note_of(const Increment& found, const FlowMeasures& measures) {
  const auto smaller = std::min(measures.treated.buyers, measures.holdout.buyers);
  switch (found.enough) {
    case Enough::few_buyers:
      return "too little data: each group needs " + std::to_string(kLeastBuyers) +
             " people who ordered, and one has " + std::to_string(smaller);
    case Enough::heavy_tails:
      return "a few large orders decide: about " +
             std::to_string(static_cast<std::uint64_t>(std::ceil(found.people_needed))) +
             " people in each group make the interval of revenue reliable; that of buyers is";
    case Enough::yes:
      break;
  }
  if (found.revenue.low > 0) return "the flow earns";
  if (found.revenue.high < 0) return "the flow costs more than it brings";
  return "no difference is proven yet";
}

void fill_increment(const FlowMeasures& measures, souk::v1::FlowIncrement& out) {
  const Increment found = increment_of(measures.treated, measures.holdout);
  fill_group(measures.treated, *out.mutable_treated());
  fill_group(measures.holdout, *out.mutable_holdout());
  out.set_difference(found.revenue.value);
  out.set_low(found.revenue.low);
  out.set_high(found.revenue.high);
  out.set_earned(found.revenue.value * static_cast<double>(measures.treated.people));
  out.set_buyers_difference(found.buyers.value);
  out.set_buyers_low(found.buyers.low);
  out.set_buyers_high(found.buyers.high);
  out.set_enough(found.enough == Enough::yes);
  out.set_note(note_of(found, measures));
}

}  // namespace

void Email::fill_measures(souk::v1::FlowRecord& record, std::uint16_t flow) const {
  record.set_currency(currency_);
  record.set_attribution("orders within " + span_words(click_window_s_) +
                         " after a click; groups compared for " + span_words(horizon_s_));
  const FlowMeasures* measures = measures_.find(flow);
  if (measures == nullptr) return;
  record.set_orders(measures->orders);
  record.set_revenue(measures->revenue);
  record.set_revenue_per_recipient(over(measures->revenue, record.sent()));
  record.set_machine_opens(measures->machine_opens);
  record.set_machine_clicks(measures->machine_clicks);
  for (const auto& [name, slice] : measures->variants)
    fill_slice(name, slice, *record.add_by_variant());
  for (const auto& [name, slice] : measures->segments)
    fill_slice(name, slice, *record.add_by_segment());
  if (measures->holdout.people + measures->treated.people > 0)
    fill_increment(*measures, *record.mutable_increment());
}

Status Email::trigger_flow(const souk::v1::TriggerFlowRequest& request, const CallInfo&,
                           souk::v1::TriggerFlowReply& reply) {
  {
    const Lock lock(mutex_);
    const std::uint16_t number = book_.find(request.flow_id());
    if (number == kNoFlow || book_.flows()[number].current == kNoFlow) {
      return {Code::not_found, "there is no flow \"" + request.flow_id() + "\"", "flow_id"};
    }
    const Flow& flow = *book_.version(book_.flows()[number].current).flow;
    if (flow.trigger != TriggerKind::call) {
      return {
          Code::failed_precondition,
          "the flow begins otherwise (" + flow.trigger_words() + "): it needs trigger.call: true",
          "flow_id"};
    }
    reply.set_duplicate(called_.has(request.flow_id(), request.id()));
  }
  if (reply.duplicate()) return {};
  v1::FlowCalled event;
  event.set_flow_id(request.flow_id());
  event.set_call_id(request.id());
  *event.mutable_said()->mutable_properties() = request.properties();
  return publish(event, {.shopper_id = request.shopper_id()});
}

}  // namespace souk::email
