// Random events of every kind that the plugin reads, with the truth that they make.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "plugins/recommendations/tests/invariants_truth.hpp"
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {

/// Numbers from a seed, the same everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  bool one_in(std::size_t bound) { return below(bound) == 0; }
  template <class List>
  const auto& any(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// Where things happen. Products are few, so that everything meets.
class RandomShop {
 public:
  static constexpr std::int64_t kMinute = 60'000'000;
  static constexpr std::size_t kProducts = 40;

  explicit RandomShop(std::uint64_t seed) : dice(seed) {
    for (std::size_t i = 0; i < kProducts; ++i) {
      if (i % 10 != 9) upsert("p" + std::to_string(i));  // every tenth is unknown at first
    }
  }

  /// One more event, or a few that belong together.
  void happen() {
    now_us += static_cast<std::int64_t>(1 + dice.below(20)) * kMinute;
    const std::size_t draw = dice.below(100);
    if (draw < 40) return look();
    if (draw < 55) return put_in_cart();
    if (draw < 60) return take_from_cart();
    if (draw < 62) return see_cart();
    if (draw < 72) return place_order();
    if (draw < 75) return cancel_order();
    if (draw < 79) return send_back();
    if (draw < 86) return upsert(product());
    if (draw < 88) return remove_product();
    if (draw < 95) return set_stock();
    if (draw < 97) return sign_in();
    if (draw < 98) return alias();
    if (draw < 99) return erase();
    change_order();
  }

  std::string product() { return "p" + std::to_string(dice.below(kProducts)); }
  std::string person() { return (dice.one_in(3) ? "anon" : "s") + std::to_string(dice.below(12)); }
  std::vector<std::string> some_products(std::size_t most) {
    std::set<std::string> drawn;
    for (std::size_t left = 1 + dice.below(most); left > 0; --left)
      drawn.insert(product());
    return {drawn.begin(), drawn.end()};
  }

  Dice dice;
  Truth truth;
  std::vector<souk::testing::RawEvent> events;
  std::int64_t now_us = Shop::kStart;
  const std::vector<std::string> categories{"Shop", "Shop > Tea", "Shop > Tea > Green", "Garden",
                                            "Garden > Tools"};
  const std::vector<std::string> brands{"Acme", "Bolt", "Coil"};
  const std::vector<std::string> accounts{"north", "south"};

 private:
  template <class Event>
  void add(const Event& event, const std::string& who = {}, const std::string& session = {}) {
    Envelope envelope{.shopper_id = who, .session_id = session};
    envelope.time_us = now_us;
    events.push_back(souk::testing::Bench::event(event, std::move(envelope)));
  }

  void look() {
    const std::string item = product();
    if (dice.one_in(8)) return add(of_product<v1::ProductViewed>(item), {}, "visit");
    const std::string who = person();
    truth.people[who];
    if (dice.one_in(6)) return add(of_product<v1::ProductClicked>(item), who);
    add(of_product<v1::ProductViewed>(item), who);
  }
  void put_in_cart() {
    const std::string who = person(), item = product();
    auto event = of_product<v1::ProductAdded>(item);
    const double quantity = static_cast<double>(1 + dice.below(3));
    event.set_quantity(quantity);
    add(event, who);
    truth.people[who].cart[item] += quantity;
  }
  void take_from_cart() {
    const std::string who = person(), item = product();
    auto event = of_product<v1::ProductRemoved>(item);
    const double quantity = static_cast<double>(dice.below(3));
    if (quantity > 0) event.set_quantity(quantity);
    add(event, who);
    truth.remove(who, item, quantity);
  }
  void see_cart() {
    const std::string who = person();
    v1::CartViewed event;
    truth.people[who].cart.clear();
    for (const std::string& item : some_products(4)) {
      event.add_products()->set_product_id(item);
      truth.people[who].cart[item] = 1;
    }
    add(event, who);
  }
  void place_order() {
    const std::string who = person(), id = "o" + std::to_string(++orders_);
    v1::OrderCompleted event;
    event.set_order_id(id);
    const auto items = some_products(5);
    for (const std::string& item : items)
      event.add_products()->set_product_id(item);
    add(event, who);
    if (dice.one_in(5)) add(event, who);  // the same order, told twice
    truth.order(id, who, items);
  }
  std::string any_order() {
    if (truth.orders.empty()) return {};
    auto at = truth.orders.begin();
    std::advance(at, static_cast<long>(dice.below(truth.orders.size())));
    return at->first;
  }
  void cancel_order() {
    const std::string id = any_order();
    if (id.empty()) return;
    v1::OrderCancelled event;
    event.set_order_id(id);
    add(event, dice.one_in(2) ? truth.orders.at(id).person : "");
    truth.cancel(id);
  }
  void send_back() {
    const std::string id = any_order();
    if (id.empty()) return;
    const std::string item = dice.any(truth.orders.at(id).items);
    const std::string who = dice.one_in(2) ? truth.orders.at(id).person : "";
    v1::ProductReturned returned;
    v1::OrderRefunded refunded;
    returned.set_order_id(id);
    refunded.set_order_id(id);
    returned.add_products()->set_product_id(item);
    refunded.add_products()->set_product_id(item);
    if (dice.one_in(2)) add(refunded, who);
    if (events.back().envelope.time_us != now_us || dice.one_in(2)) add(returned, who);
    truth.give_back(id, item);
  }
  /// An update that says nothing new of the products.
  void change_order() {
    const std::string id = any_order();
    if (id.empty() || truth.orders.at(id).cancelled) return;
    v1::OrderUpdated event;
    event.set_order_id(id);
    add(event, truth.orders.at(id).person);
  }

  void upsert(const std::string& id) {
    v1::Product made = Shop::product(id, dice.any(categories));
    TrueProduct& truly = truth.products[id];
    truly.known = true;
    truly.deleted = false;
    truly.categories = {made.categories(0).value()};
    made.set_hidden(dice.one_in(8));
    truly.hidden = made.hidden();
    truly.brand = dice.any(brands);
    made.set_brand(truly.brand);
    truly.price = dice.one_in(8) ? -1 : static_cast<std::int64_t>(dice.below(50) * 100);
    if (truly.price >= 0) made.mutable_price_range()->mutable_min()->set_amount(truly.price);
    truly.variants.clear();
    for (const char* variant : {"s", "m"}) {
      if (!dice.one_in(3)) continue;
      made.add_variants()->set_id(variant);
      truly.variants.emplace_back(variant);
    }
    truly.only.clear();
    truly.excluded.clear();
    if (dice.one_in(8)) made.add_only_account_ids(truly.only.emplace_back(dice.any(accounts)));
    if (dice.one_in(8)) {
      made.add_excluded_account_ids(truly.excluded.emplace_back(dice.any(accounts)));
    }
    v1::ProductUpserted event;
    *event.mutable_product() = made;
    add(event);
  }
  void remove_product() {
    const std::string id = product();
    auto found = truth.products.find(id);
    if (found == truth.products.end()) return;
    v1::ProductDeleted event;
    event.set_product_id(id);
    add(event);
    found->second.deleted = true;
    found->second.variants.clear();
  }
  void set_stock() {
    const std::string id = product();
    const std::string variant = dice.one_in(2) ? "" : dice.one_in(2) ? "s" : "m";
    v1::InventorySet event;
    event.set_product_id(id);
    event.set_variant_id(variant);
    const double available = static_cast<double>(dice.below(4));
    event.set_available(available);
    add(event);
    truth.products[id].levels[variant] = available;
  }
  void sign_in() {
    const std::string who = "s" + std::to_string(dice.below(12));
    v1::Aliased event;  // of somebody who has not signed in: the same as an anonymous id
    event.set_previous_id("anon" + std::to_string(dice.below(12)));
    add(event, who);
    truth.merge(event.previous_id(), who);
    add(v1::Identified(), who);
    truth.people[who].identified = true;
  }
  void alias() {
    v1::Aliased event;
    event.set_previous_id(person());
    const std::string who = person();
    add(event, who);
    truth.merge(event.previous_id(), who);
  }
  void erase() {
    v1::CustomerErased event;
    event.set_customer_id(person());
    add(event);
    truth.erase(event.customer_id());
  }

  std::size_t orders_ = 0;
};

}  // namespace souk::recommendations::testing
