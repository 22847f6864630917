// What comes back → what this shopper is not shown again.
#include <algorithm>

#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {

template <class List, class Entry>
void add_once(List& list, const Entry& entry) {
  const bool had = std::any_of(list.begin(), list.end(),
                               [&](const Entry& known) { return known.item == entry.item; });
  if (entry.item != kNoItem && !had) list.push_back(entry);
}

}  // namespace

void Recommendations::give_back(std::string_view order_id, const Actor& actor) {
  Orders::Order* order = order_id.empty() ? nullptr : state_->orders.find(order_id);
  const PersonKey person =
      order != nullptr && !order->person.empty() ? order->person : actor.person;
  if (person.empty() || !state_->shoppers.contains(person)) return;
  if (returned_.empty() && order != nullptr) {
    for (const ItemId item : order->items)
      returned_.push_back({item, SizeComplaint::none});
  }
  Profile& profile = state_->shoppers.open(person);
  for (const Returned& back : returned_) {
    if (order != nullptr) unfold_size(*order, profile, back.item, back.complaint);
    // Announced and then arrived, or refunded and returned: one purchase goes back once.
    if (profile.has_returned(back.item)) continue;
    if (order == nullptr || !order->cancelled) profile.unbuy(back.item);
    profile.give_back(back.item);
  }
  state_->shoppers.commit();
}

void Recommendations::on(const souk::v1::OrderRefunded& event, const EventInfo& info) {
  folded(info);
  attribute_refund(event);
  returned_.clear();
  const SizeComplaint complaint = read_complaint(event.reason());
  for (const auto& line : event.products())
    add_once(returned_, Returned{state_->items.find(line.product_id()), complaint});
  for (const auto& line : event.record().lines()) {
    if (!(line.returned() > 0)) continue;
    add_once(returned_, Returned{state_->items.find(line.product_id()), complaint});
  }
  // A sum without products is a part of the price: nothing came back.
  const bool whole = !event.has_total() && event.products().empty() && !event.has_record();
  if (returned_.empty() && !whole) return;
  give_back(event.order_id(), actor_of(info));
}

template <class ReturnEvent>
void Recommendations::fold_return(const ReturnEvent& event, const EventInfo& info) {
  folded(info);
  returned_.clear();
  for (const auto& line : event.products()) {
    add_once(returned_,
             Returned{state_->items.find(line.product_id()), read_complaint(line.reason())});
  }
  if (returned_.empty() && !event.products().empty()) return;
  give_back(event.order_id(), actor_of(info));
}

void Recommendations::on(const souk::v1::ReturnRequested& event, const EventInfo& info) {
  fold_return(event, info);
}

void Recommendations::on(const souk::v1::ProductReturned& event, const EventInfo& info) {
  attribute_return(event);
  fold_return(event, info);
}

}  // namespace souk::recommendations
