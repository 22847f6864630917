// What shoppers do: views, carts, orders.
#include <algorithm>
#include <cmath>

#include "plugins/email/email.hpp"

namespace souk::email {
namespace {

std::int64_t in_minor(double amount, std::string_view currency) {
  if (!std::isfinite(amount) || amount < 0 || amount > 1e12) return 0;
  for (int i = minor_digits(currency); i > 0; --i)
    amount *= 10;
  return std::llround(amount);
}

template <class Line>
Deed deed_of(Happening happening, const Line& line, std::uint32_t product) {
  Deed deed;
  deed.happening = happening;
  deed.product = product;
  deed.category = line.category();
  deed.brand = line.brand();
  deed.price = line.price();
  deed.quantity = line.has_quantity() ? line.quantity() : 1;
  deed.amount = deed.price * deed.quantity;
  return deed;
}

float quantity_of(double quantity, bool given) {
  return given && std::isfinite(quantity) ? static_cast<float>(std::clamp(quantity, 0.0, 1e6)) : 1;
}

}  // namespace

void Email::folded(const EventInfo& info) {
  now_s_ = std::max(now_s_, static_cast<std::uint32_t>(info.received_us() / 1'000'000));
  // Only who sends needs a key, and only where the settings name none.
  if (!makes_key_ || !signing_key_.empty() || key_asked_ || !info.effects()) return;
  key_asked_ = true;
  v1::SigningKeyMade event;
  event.set_key(random_key());
  (void)publish(event);
}

PersonNumber Email::seen(const EventInfo& info, bool acting) {
  const PersonNumber number = people_.find_or_add(info.shopper_id());
  if (number == kNobody) return number;
  Person& person = people_.at(number);
  if (acting) acts(person, info);
  person.last_seen_s = std::max(person.last_seen_s, now_s_);
  return number;
}

/// Events describe products too: that is all there is where the catalog is not sent.
template <class Line>
std::uint32_t Email::product_of(const Line& line, std::string_view currency) {
  const std::uint32_t number = catalog_.number(line.product_id());
  if (number == kNoProduct) return number;
  ProductFacts& product = catalog_.at(number);
  if (product.from_catalog) return number;
  if (!line.name().empty()) product.title = line.name();
  if (!line.url().empty()) product.url = line.url();
  if (!line.image_url().empty()) product.image = line.image_url();
  if (line.has_price()) {
    product.currency = currency.empty() ? currency_ : std::string(currency);
    product.price = in_minor(line.price(), product.currency);
  }
  return number;
}

void Email::interest(PersonNumber number, std::uint32_t product) {
  if (number == kNobody || product == kNoProduct) return;
  Person& person = people_.at(number);
  const auto known = std::find_if(person.interests.begin(), person.interests.end(),
                                  [&](const Interest& one) { return one.product == product; });
  if (known != person.interests.end()) {
    person.interests.erase(static_cast<std::size_t>(known - person.interests.begin()));
  } else {
    (void)catalog_.add_interested(product, number);
  }
  person.interests.push_bounded({product, now_s_}, People::kMostInterests);
}

void Email::on(const souk::v1::ProductViewed& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber person = seen(info);
  const std::uint32_t product = product_of(event, event.currency());
  interest(person, product);
  happened(person, deed_of(Happening::product_viewed, event, product), info);
}

void Email::on(const souk::v1::ProductAdded& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info);
  const std::uint32_t product = product_of(event, event.currency());
  if (number == kNobody || product == kNoProduct) return;
  Person& person = people_.at(number);
  const float quantity = quantity_of(event.quantity(), event.has_quantity());
  const auto line = std::find_if(person.cart.begin(), person.cart.end(),
                                 [&](const CartLine& one) { return one.product == product; });
  if (line != person.cart.end()) {
    line->quantity += quantity;
  } else {
    person.cart.push_bounded({product, quantity}, People::kMostCart);
  }
  person.cart_at_s = now_s_;
  interest(number, product);
  happened(number, deed_of(Happening::product_added, event, product), info);
}

void Email::on(const souk::v1::ProductRemoved& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info);
  const std::uint32_t product = catalog_.find(event.product_id());
  if (number == kNobody || product == kNoProduct) return;
  people_.at(number).cart.erase_if([&](CartLine& one) {
    if (one.product != product) return false;
    one.quantity -= quantity_of(event.quantity(), event.has_quantity());
    return one.quantity <= 0 || !event.has_quantity();
  });
  happened(number, deed_of(Happening::product_removed, event, product), info);
}

void Email::on(const souk::v1::ProductAddedToWishlist& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber person = seen(info);
  const std::uint32_t product = product_of(event, {});
  interest(person, product);
  happened(person, deed_of(Happening::wished, event, product), info);
}

void Email::on(const souk::v1::CartViewed& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info);
  if (number == kNobody) return;
  Person& person = people_.at(number);
  person.cart.clear();
  Deed deed;
  deed.happening = Happening::cart_viewed;
  for (const souk::v1::ProductLine& line : event.products()) {
    const std::uint32_t product = product_of(line, event.currency());
    if (product == kNoProduct) continue;
    const float quantity = quantity_of(line.quantity(), line.has_quantity());
    person.cart.push_bounded({product, quantity}, People::kMostCart);
    interest(number, product);
    deed.product = product;
    deed.amount += line.price() * static_cast<double>(quantity);
  }
  person.cart_at_s = now_s_;
  happened(number, deed, info);
}

void Email::on(const souk::v1::CheckoutStarted& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  Deed deed;
  deed.happening = Happening::checkout_started;
  for (const souk::v1::ProductLine& line : event.products())
    deed.amount += line.price() * (line.has_quantity() ? line.quantity() : 1);
  happened(seen(info), deed, info);
}

void Email::on(const souk::v1::OrderCompleted& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info, !info.session_id().empty());
  if (number == kNobody) return;
  Person& person = people_.at(number);
  const auto at_s =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(info.time_us() / 1'000'000, 1, now_s_));
  for (const souk::v1::ProductLine& line : event.products()) {
    const std::uint32_t product = product_of(line, event.currency());
    if (product == kNoProduct) continue;
    person.own_rare().bought.push_bounded({product, at_s}, People::kMostBought);
    person.cart.erase_if([&](const CartLine& one) { return one.product == product; });
  }
  // An order without lines still empties the cart: it can't be that one who just paid is reminded.
  if (event.products_size() == 0) person.cart.clear();
  Deed deed;
  deed.happening = Happening::order_completed;
  deed.amount = event.has_total() ? event.total() : event.revenue();
  if (person.orders < UINT16_MAX) ++person.orders;
  if (std::isfinite(deed.amount)) person.spent += static_cast<float>(deed.amount);
  person.last_order_s = std::max(person.last_order_s, at_s);
  measure_order(person, deed.amount, event.currency(), at_s);
  happened(number, deed, info);
}

void Email::on(const souk::v1::OrderCancelled&, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  happened(seen(info, false), {.happening = Happening::order_cancelled}, info);
}

void Email::on(const souk::v1::OrderDelivered&, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  happened(seen(info, false), {.happening = Happening::order_delivered}, info);
}

void Email::on(const souk::v1::ProductReviewed& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  Deed deed;
  deed.happening = Happening::product_reviewed;
  deed.product = catalog_.find(event.product_id());
  happened(seen(info), deed, info);
}

void Email::on(const souk::v1::PageViewed&, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  happened(seen(info), {.happening = Happening::page_viewed}, info);
}

void Email::on(const souk::v1::Tracked& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  Deed deed;
  deed.happening = Happening::tracked;
  deed.tracked = event.name();
  deed.properties = &event;
  happened(seen(info), deed, info);
}

}  // namespace souk::email
