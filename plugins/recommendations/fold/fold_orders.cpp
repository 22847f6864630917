// Orders → what is bought together, what each shopper has bought, what is trending.
#include <algorithm>

#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {

constexpr double kOrderWeight = 5;  // of trending, in views

bool holds(const std::vector<ItemId>& list, ItemId item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

template <class OrderEvent>
bool is_cancelled(const OrderEvent& event) {
  return event.record().status() == souk::v1::Order::CANCELLED;
}

}  // namespace

template <class OrderEvent>
void Recommendations::fold_order(const OrderEvent& event, const EventInfo& info) {
  folded(info);
  Actor actor = actor_of(info);
  if (info.shopper_id().empty() && info.may_personalize() && !event.record().shopper_id().empty()) {
    actor.person = shopper_key(event.record().shopper_id());
    actor.lasting = true;
  }
  if (event.record().has_placed_at() && event.record().placed_at().seconds() > 0) {
    actor.now_us = std::min(actor.now_us, event.record().placed_at().seconds() * 1'000'000);
    actor.now_s = static_cast<std::uint32_t>(std::max<std::int64_t>(0, actor.now_us / 1'000'000));
  }
  if (is_cancelled(event)) return cancel_order(event.order_id(), actor);
  guard(actor, info, kNoItem);
  actor.weight = 1;  // an order counts whole or not at all, so that it can be taken back

  order_items_.clear();
  order_variants_.clear();
  const auto add_line = [&](const std::string& product_id, std::string_view variant_id,
                            std::string_view variant) {
    const ItemId item = state_->items.intern(product_id);
    if (item == kNoItem || order_items_.size() >= Orders::kMostItems) return;
    if (holds(order_items_, item)) return;
    order_items_.push_back(item);
    order_variants_.push_back(find_variant(state_->catalog, item, variant_id, variant));
  };
  for (const auto& line : event.products())
    add_line(line.product_id(), line.variant_id(), line.variant());
  for (const auto& line : event.record().lines())
    add_line(line.product_id(), line.variant_id(), {});

  bool is_new = false;
  Orders::Order& order = state_->orders.open(event.order_id(), is_new);
  if (order.cancelled) return;
  constexpr bool replaces = std::is_same_v<OrderEvent, souk::v1::OrderUpdated>;
  if (!is_new && !replaces) state_->counts.orders_repeated.fetch_add(1, std::memory_order_relaxed);
  const bool first_items = order.items.empty() && !order_items_.empty();
  if (first_items) attribute_order(event, actor, info);
  if (replaces && !order_items_.empty()) {
    state_->attribution.keep_only(event.order_id(), order_items_);
  }
  if (first_items) {
    order.at_s = actor.now_s;
    if (actor.counted) count_order(order, actor);
  } else if (replaces && order.counted && !order_items_.empty() && order.items != order_items_) {
    recount_order(order);
  }
  fold_purchases(order, actor, replaces);
}

// The models learn from what the shopper had before this order, so they come first.
void Recommendations::count_order(Orders::Order& order, const Actor& actor) {
  order.counted = true;
  if (!actor.person.empty()) {
    const Profile& profile = state_->shoppers.open(actor.person);
    take_segments(profile);
    const PurchaseHistory before = profile.history();
    state_->next_basket.learn(before, order_items_, actor.now_s, state_->basket_sources(),
                              basket_scratch_);
    state_->repurchase.observe(before, order_items_, actor.now_s,
                               [&](ItemId item) { return state_->catalog.main_category(item); });
    state_->sequences.observe(before, order_items_, actor.now_s);
  }
  state_->together.observe_order(order_items_);
  state_->affinities.observe_order(order_items_, state_->catalog);
  for (const ItemId item : order_items_) {
    count(item, actor, kOrderWeight);
    remember(item, actor);
    if (!actor.person.empty()) {
      state_->interactions.observe(actor.person.low, item, Interest::order);
    }
  }
}

// An order that was changed: its pairs are those of its products now.
void Recommendations::recount_order(Orders::Order& order) {
  state_->together.take_back_order(order.items);
  state_->affinities.take_back_order(order.items, state_->catalog);
  state_->together.observe_order(order_items_);
  state_->affinities.observe_order(order_items_, state_->catalog);
}

// Pairs and trends are taken back. What was learned of intervals, sequences and next orders stays:
// it was true of the shopper's intention, and one order in thousands moves none of it.
void Recommendations::uncount_order(Orders::Order& order) {
  if (!order.counted) return;
  order.counted = false;
  state_->together.take_back_order(order.items);
  state_->affinities.take_back_order(order.items, state_->catalog);
  for (const ItemId item : order.items) {
    categories_of(item);
    state_->trending.take_back(item, event_categories_, std::int64_t{order.at_s} * 1'000'000,
                               kOrderWeight);
  }
}

/// Brings what the shopper has bought from the order as it was to the order as it is.
void Recommendations::fold_purchases(Orders::Order& order, const Actor& actor, bool replaces) {
  const bool owner_is_new = order.person.empty();
  if (owner_is_new) order.person = actor.person;
  if (!order.person.empty()) {
    Profile& profile = state_->shoppers.open(order.person);
    profile.last_seen_s = std::max(profile.last_seen_s, actor.now_s);
    if (owner_is_new) {
      profile.begin_order();
      for (const ItemId item : order.items)
        profile.buy(item, actor.now_s);
    }
    for (std::size_t i = 0; i < order_items_.size(); ++i) {
      const ItemId item = order_items_[i];
      if (!holds(order.items, item)) profile.buy(item, actor.now_s, order_variants_[i]);
      profile.take_from_cart(item, 0);
    }
    if (actor.counted) fold_sizes(order, profile);
    for (const ItemId item : order.items) {
      const bool dropped = replaces && !order_items_.empty() && !holds(order_items_, item);
      if (dropped && !profile.has_returned(item)) profile.unbuy(item);
    }
    state_->shoppers.commit();
  }
  if (replaces && !order_items_.empty()) {
    order.items = order_items_;
  } else {
    for (const ItemId item : order_items_) {
      if (!holds(order.items, item) && order.items.size() < Orders::kMostItems) {
        order.items.push_back(item);
      }
    }
  }
}

void Recommendations::cancel_order(std::string_view order_id, const Actor& actor) {
  bool is_new = false;
  // Remembered even when it is new: the order itself may come late.
  Orders::Order& order = state_->orders.open(order_id, is_new);
  if (order.cancelled) return;
  order.cancelled = true;
  uncount_order(order);
  state_->attribution.take_back_all(order_id);
  const PersonKey person = order.person.empty() ? actor.person : order.person;
  if (is_new || person.empty() || !state_->shoppers.contains(person)) return;
  Profile& profile = state_->shoppers.open(person);
  for (const ItemId item : order.items) {
    if (!profile.has_returned(item)) profile.unbuy(item);  // what came back is unbought already
    unfold_size(order, profile, item, SizeComplaint::none);
  }
  state_->shoppers.commit();
}

void Recommendations::on(const souk::v1::OrderCompleted& event, const EventInfo& info) {
  fold_order(event, info);
}

void Recommendations::on(const souk::v1::OrderUpdated& event, const EventInfo& info) {
  fold_order(event, info);
}

void Recommendations::on(const souk::v1::OrderCancelled& event, const EventInfo& info) {
  folded(info);
  cancel_order(event.order_id(), actor_of(info));
}

}  // namespace souk::recommendations
