// The flows that come with the plugin, as settings: a merchant could have written each of them.
#include <map>

#include "plugins/email/model/flow.hpp"

namespace souk::email {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;

struct ReadyPlan {
  const char* id;
  const char* name;
  const char* event;  ///< empty: another trigger
  const char* segment;
  const char* where;
  const char* filter;
  const char* goal;
  std::int64_t after;  ///< 0: at once
  std::int64_t reentry;
  bool once;
  bool restart;
  std::uint32_t priority;
  const char* products;
  const char* recommend;
  const char* topic;
};

// Waits follow what shops use: a cart after an hour, browsing after two, a review after two weeks.
constexpr ReadyPlan kPlans[] = {
    {"abandoned_cart", "Abandoned cart", "productAdded", "", "",
     "cart_items > 0 and not ordered_since_entry", "orderCompleted", kHourMs, kDayMs, false, true,
     90, "cart", "", "cart"},
    {"browse_abandonment", "Browse abandonment", "productViewed", "", "",
     "cart_items = 0 and not ordered_since_entry", "orderCompleted", 2 * kHourMs, 3 * kDayMs, false,
     true, 40, "viewed", "for_you", "recommendations"},
    {"welcome", "Welcome", "subscribed", "", "", "", "", 0, 0, true, false, 80, "none", "for_you",
     "newsletter"},
    {"post_purchase", "After the purchase", "orderCompleted", "", "", "", "", 3 * kDayMs,
     14 * kDayMs, false, false, 60, "bought", "cross_sell", "service"},
    {"review_request", "Review request", "orderDelivered", "", "", "", "productReviewed",
     7 * kDayMs, 14 * kDayMs, false, false, 50, "bought", "", "reviews"},
    {"replenishment", "Time to refill", "orderCompleted", "", "", "not ordered_since_entry",
     "orderCompleted", 30 * kDayMs, 0, false, true, 55, "bought", "buy_again", "refills"},
    {"back_in_stock", "Back in stock", "", "", "", "in_stock", "", 0, 0, false, false, 95,
     "subject", "", "stock"},
    {"price_drop", "Price drop", "", "", "", "in_stock", "", 0, kDayMs, false, false, 70, "subject",
     "", "prices"},
    {"win_back", "We miss you", "orderCompleted", "", "", "not ordered_since_entry",
     "orderCompleted", 90 * kDayMs, 0, false, true, 45, "none", "for_you", "newsletter"},
    {"double_opt_in", "Confirm the address", "confirmationWanted", "", "", "", "", 0, kHourMs,
     false, false, 100, "none", "", "confirmation"},
    {"vip", "VIP", "", "vip", "", "", "", 0, 180 * kDayMs, false, false, 65, "none", "for_you",
     "newsletter"},
};

v1::Flow settings_of(const ReadyPlan& plan) {
  v1::Flow flow;
  flow.set_name(plan.name);
  auto* trigger = flow.mutable_trigger();
  trigger->set_event(plan.event);
  trigger->set_segment_entered(plan.segment);
  trigger->set_back_in_stock(std::string_view(plan.id) == "back_in_stock");
  if (std::string_view(plan.id) == "price_drop") trigger->set_price_drop(5);
  trigger->set_where(plan.where);
  flow.set_filter(plan.filter);
  // A flow that the goal's own event begins would end as it begins: the filter ends it instead.
  if (std::string_view(plan.goal) != plan.event) flow.set_goal(plan.goal);
  flow.set_reentry(plan.reentry);
  flow.set_once(plan.once);
  flow.set_restart(plan.restart);
  flow.set_priority(plan.priority);
  flow.set_transactional(std::string_view(plan.id) == "double_opt_in");
  if (plan.after > 0) flow.add_steps()->set_delay(plan.after);
  auto* message = flow.add_steps()->mutable_message();
  message->set_template_(plan.id);
  message->set_products(plan.products);
  message->set_recommend(plan.recommend);
  message->set_recommend_limit(3);
  message->set_topic(plan.topic);
  return flow;
}

const std::map<std::string, v1::Flow, std::less<>>& all_ready_flows() {
  static const auto* flows = [] {
    auto* made = new std::map<std::string, v1::Flow, std::less<>>();
    for (const ReadyPlan& plan : kPlans)
      made->emplace(plan.id, settings_of(plan));
    return made;
  }();
  return *flows;
}

}  // namespace

const v1::Flow* ready_flow(std::string_view id) {
  const auto found = all_ready_flows().find(id);
  return found == all_ready_flows().end() ? nullptr : &found->second;
}

std::string ready_flow_ids() {
  std::string ids;
  for (const auto& [id, flow] : all_ready_flows())
    ids += (ids.empty() ? "" : ", ") + id;
  return ids;
}

}  // namespace souk::email
