// What comes back → what this shopper is not shown again.
#include <algorithm>

#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {

template <class Lines>
void find_items(const Lines& lines, const ItemDictionary& names, std::vector<ItemId>& out) {
  for (const auto& line : lines) {
    const ItemId item = names.find(line.product_id());
    if (item != kNoItem && std::find(out.begin(), out.end(), item) == out.end()) {
      out.push_back(item);
    }
  }
}

}  // namespace

void Recommendations::give_back(std::string_view order_id, const std::vector<ItemId>& items,
                                const Actor& actor) {
  Orders::Order* order = order_id.empty() ? nullptr : state_->orders.find(order_id);
  const PersonKey person =
      order != nullptr && !order->person.empty() ? order->person : actor.person;
  if (person.empty() || !state_->shoppers.contains(person)) return;
  const std::vector<ItemId>* back = &items;
  if (items.empty() && order != nullptr) back = &order->items;
  Profile& profile = state_->shoppers.open(person);
  for (const ItemId item : *back) {
    // Announced and then arrived, or refunded and returned: one purchase goes back once.
    if (profile.has_returned(item)) continue;
    if (order == nullptr || !order->cancelled) profile.unbuy(item);
    profile.give_back(item);
  }
  state_->shoppers.commit();
}

void Recommendations::on(const souk::v1::OrderRefunded& event, const EventInfo& info) {
  folded(info);
  attribute_refund(event);
  returned_items_.clear();
  find_items(event.products(), state_->items, returned_items_);
  for (const auto& line : event.record().lines()) {
    const ItemId item = line.returned() > 0 ? state_->items.find(line.product_id()) : kNoItem;
    if (item != kNoItem) returned_items_.push_back(item);
  }
  // A sum without products is a part of the price: nothing came back.
  const bool whole = !event.has_total() && event.products().empty() && !event.has_record();
  if (returned_items_.empty() && !whole) return;
  give_back(event.order_id(), returned_items_, actor_of(info));
}

void Recommendations::on(const souk::v1::ReturnRequested& event, const EventInfo& info) {
  folded(info);
  returned_items_.clear();
  find_items(event.products(), state_->items, returned_items_);
  if (returned_items_.empty() && !event.products().empty()) return;
  give_back(event.order_id(), returned_items_, actor_of(info));
}

void Recommendations::on(const souk::v1::ProductReturned& event, const EventInfo& info) {
  folded(info);
  attribute_return(event);
  returned_items_.clear();
  find_items(event.products(), state_->items, returned_items_);
  if (returned_items_.empty() && !event.products().empty()) return;
  give_back(event.order_id(), returned_items_, actor_of(info));
}

}  // namespace souk::recommendations
