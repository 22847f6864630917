#include "tools/simulate/accounts.hpp"

#include <algorithm>

namespace souk::simulate {
namespace {

constexpr std::string_view kOfficeNeeds[] = {"Copy Paper",       "Toner & Ink", "Pens",
                                             "Folders & Labels", "Breakroom",   "Coffee",
                                             "Paper Goods",      "Notebooks"};
constexpr std::string_view kHotelNeeds[] = {"Coffee",  "Tea",         "Biscuits & Chocolate",
                                            "Laundry", "Paper Goods", "Breakroom",
                                            "Shampoo", "Bedding",     "Dishwashing"};
constexpr int kIntervals[] = {7, 14, 14, 28, 28, 42};
constexpr int kApprovalDays = 2;

}  // namespace

Accounts::Accounts(Shop& shop, Stock& stock, Orders& orders)
    : shop_(shop), stock_(stock), orders_(orders) {
  found("northwind", "Northwind Offices", "office services", kOfficeNeeds, 4);
  found("harbour-hotels", "Harbour Hotels", "hospitality", kHotelNeeds, 3);
}

void Accounts::found(std::string id, std::string name, std::string industry,
                     std::span<const std::string_view> leaves, int contacts) {
  BusinessAccount account;
  account.price_list_id = id + "-prices";
  account.id = std::move(id);
  account.name = std::move(name);
  account.industry = std::move(industry);
  account.discount = shop_.random.uniform(0.12, 0.22);
  const auto index = static_cast<int>(accounts_.size());
  for (int i = 0; i < contacts; ++i)
    account.contacts.push_back(shop_.population.add_contact(index));
  const auto& products = shop_.catalog.products();
  for (const std::string_view leaf_name : leaves) {
    const int leaf = find_leaf(leaf_name);
    // The two most popular products of the leaf that stay in the assortment.
    std::vector<std::uint32_t> candidates;
    for (std::uint32_t i = 0; i < products.size(); ++i) {
      const Product& product = products[i];
      const bool stays = product.launch_day == 0 && product.delist_day == kNever;
      if (product.leaf == leaf && stays) candidates.push_back(i);
    }
    std::sort(candidates.begin(), candidates.end(), [&](std::uint32_t x, std::uint32_t y) {
      const double px = products[x].popularity;
      const double py = products[y].popularity;
      return px != py ? px > py : x < y;
    });
    candidates.resize(std::min<std::size_t>(candidates.size(), 2));
    for (const std::uint32_t product : candidates) {
      StandingNeed need;
      need.product = product;
      // The largest pack.
      need.variant = static_cast<int>(products[product].variants.size()) - 1;
      need.interval_days = kIntervals[shop_.random.below(6)];
      need.quantity = shop_.random.between(4, 30);
      need.next_day = shop_.random.between(0, need.interval_days);
      stock_.expect(product, need.variant, static_cast<double>(need.quantity) / need.interval_days);
      account.needs.push_back(need);
    }
  }
  accounts_.push_back(std::move(account));
}

std::int64_t Accounts::agreed_price(const BusinessAccount& account, std::uint32_t product,
                                    int variant) const {
  const auto list =
      shop_.catalog.products()[product].variant_list_price(static_cast<std::size_t>(variant));
  return static_cast<std::int64_t>(static_cast<double>(list) * (1.0 - account.discount));
}

void Accounts::open(std::int64_t now) {
  Moment moment;
  moment.time_us = now;
  moment.channel = Channel::api;
  for (const BusinessAccount& account : accounts_) {
    std::vector<Line> entries;
    for (const StandingNeed& need : account.needs) {
      Line entry;
      entry.product = need.product;
      entry.variant = need.variant;
      entry.unit_price = agreed_price(account, need.product, need.variant);
      entries.push_back(entry);
    }
    shop_.writer.price_list_set(moment, account.price_list_id, account.name + " prices", entries,
                                5.0);
    std::vector<std::string> contacts;
    for (const std::uint32_t contact : account.contacts) {
      shop_.write_customer(now, contact, account.id, {});
      contacts.push_back(shop_.population.customer_id(contact));
    }
    AccountText text;
    text.id = account.id;
    text.name = account.name;
    text.industry = account.industry;
    text.price_list_id = account.price_list_id;
    text.contact_ids = contacts;
    text.created_us = now - 400 * kDayUs;
    shop_.writer.account_upserted(moment, text);
  }
}

void Accounts::plan_day() {
  if (shop_.calendar.weekend()) return;  // what is due on a weekend waits for Monday
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    BusinessAccount& account = accounts_[i];
    if (account.busy) continue;
    account.basket.clear();
    for (StandingNeed& need : account.needs) {
      if (need.next_day > shop_.day) continue;
      Line line;
      line.product = need.product;
      line.variant = need.variant;
      const double wobble = shop_.random.log_normal(1.0, 0.18);
      line.quantity = std::max(1, static_cast<int>(need.quantity * wobble + 0.5));
      line.unit_price = agreed_price(account, need.product, need.variant);
      account.basket.push_back(line);
      // The stock room is looked at every so often, give or take a day.
      need.next_day = shop_.day + std::max(2, need.interval_days + shop_.random.between(-1, 1));
    }
    if (account.basket.empty()) continue;
    account.busy = true;
    account.cursor = 0;
    account.buyer =
        account.contacts[shop_.random.below(static_cast<std::uint32_t>(account.contacts.size()))];
    const auto at = shop_.day_start(shop_.day) + shop_.random.between(8 * 60, 16 * 60) * kMinuteUs;
    shop_.queue.push(at, Due::account_order, i);
  }
}

void Accounts::step(std::uint32_t index, std::int64_t now) {
  BusinessAccount& account = accounts_[index];
  if (account.cursor == 0) {
    ++account.visits;
    account.order_number = orders_.reserve_number();
  }
  const std::string person = shop_.population.customer_id(account.buyer);
  const std::string session = "s-" + account.id + "-" + std::to_string(account.visits);
  const std::string cart = "cart-" + account.id + "-" + std::to_string(account.visits);
  const std::string checkout = "co-" + session;
  Moment moment;
  moment.time_us = now;
  moment.shopper_id = person;
  moment.session_id = session;
  moment.account_id = account.id;
  std::int64_t pause = shop_.random.between(15, 60) * kSecondUs;
  const std::size_t lines = account.basket.size();
  if (account.cursor < 2 * lines) {
    // Each product is looked at, then put into the cart.
    Line line = account.basket[account.cursor / 2];
    if (account.cursor % 2 == 0) {
      line.quantity = 0;
      shop_.writer.product_viewed(moment, line);
    } else {
      shop_.writer.product_added(moment, line, cart);
    }
  } else if (account.cursor == 2 * lines) {
    shop_.writer.cart_viewed(moment, cart, account.basket);
    // One basket in eight waits for an approver.
    if (shop_.random.chance(0.125)) pause = shop_.random.between(1, kApprovalDays) * 20 * kHourUs;
  } else if (account.cursor == 2 * lines + 1) {
    const std::string order = order_id(account.order_number);
    OrderText text;
    text.order_id = order;
    text.checkout_id = checkout;
    text.cart_id = cart;
    text.lines = account.basket;
    for (const Line& line : account.basket)
      text.subtotal += line.unit_price * line.quantity;
    text.total = text.subtotal;
    shop_.writer.checkout_started(moment, text);
  } else {
    OrderRequest request;
    request.shopper = account.buyer;
    request.number = account.order_number;
    request.session_id = session;
    request.account_id = account.id;
    request.checkout_id = checkout;
    request.payment_method = "invoice";
    request.lines = account.basket;
    orders_.place(request, now);
    account.busy = false;
    return;
  }
  ++account.cursor;
  shop_.queue.push(now + pause, Due::account_order, index);
}

}  // namespace souk::simulate
