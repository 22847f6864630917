// Orders, cancellations, refunds and returns → what somebody spends, how often and at which prices.
#include <algorithm>
#include <cmath>

#include "plugins/segmentation/segmentation.hpp"
#include "plugins/segmentation/state/calendar.hpp"

namespace souk::segmentation {
namespace {

constexpr float kBought = 5;
constexpr std::uint32_t kSeveral = 3;  ///< different products that make an order a bundle

double money(const souk::v1::Money& amount) { return static_cast<double>(amount.amount()) / 100; }

/// Months since the first order, one bit each; an order from before it moves them all.
void mark_cohort_month(Facts& facts, std::uint32_t at, bool first) {
  const std::uint32_t month = month_number(at);
  const std::uint32_t began = first ? month : month_number(facts.first_order_s);
  if (month < began) {
    facts.cohort_months = began - month < 32 ? facts.cohort_months << (began - month) : 0;
    facts.cohort_months |= 1;
  } else if (month - began < 32) {
    facts.cohort_months |= 1U << (month - began);
  }
}

/// What an order says of itself, from the event or, where it has one, from its record.
OrderBook::Order order_of(const souk::v1::OrderCompleted& event) {
  OrderBook::Order order;
  double lines = 0;
  for (const auto& line : event.products()) {
    const double quantity = line.has_quantity() ? std::max(0.0, line.quantity()) : 1;
    lines += quantity * (line.has_price() ? std::max(0.0, line.price()) : 0);
    order.items += static_cast<std::uint32_t>(std::min(quantity, 1e6));
    ++order.products;
  }
  for (const auto& line : event.record().lines()) {
    if (event.products_size() > 0) break;
    const double quantity = line.has_quantity() ? std::max(0.0, line.quantity()) : 1;
    lines += quantity * money(line.price());
    order.discount += money(line.discount());
    order.items += static_cast<std::uint32_t>(std::min(quantity, 1e6));
    ++order.products;
  }
  order.discount += event.has_discount() ? std::max(0.0, event.discount())
                                         : std::max(0.0, money(event.record().totals().discount()));
  if (event.has_subtotal()) {
    order.amount = event.subtotal();
  } else if (event.has_revenue()) {
    order.amount = event.revenue();
  } else if (event.has_total()) {
    order.amount = event.total();
  } else if (event.record().totals().has_subtotal()) {
    order.amount = money(event.record().totals().subtotal());
  } else if (event.record().totals().has_total()) {
    order.amount = money(event.record().totals().total());
  } else {
    order.amount = lines - order.discount;
  }
  // One line that nobody can have meant must not spoil the sums of a life.
  const auto possible = [](double amount) { return amount >= 0 && amount <= kMostMoney; };
  if (!possible(lines)) lines = 0;
  if (!possible(order.discount)) order.discount = 0;
  order.listed = std::max(lines, order.amount + order.discount);
  return order;
}

}  // namespace

std::string currency_code(std::string_view text) {
  std::string code(text);
  for (char& c : code)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  const bool letters =
      std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return code.size() == 3 && letters ? code : std::string();
}

std::string Segmentation::store_currency() const {
  const std::string& said = own_.currency();
  return said.empty() ? store_currency_ : said;
}

/// An amount in the store's currency; nothing when that can't be said.
std::optional<double> Segmentation::in_store_money(double amount, const std::string& currency) {
  if (!std::isfinite(amount) || amount < 0 || amount > kMostMoney) {
    ++refused_money_;
    return std::nullopt;
  }
  if (currency.empty()) return amount;
  const std::string code = currency_code(currency);
  const auto settings_now = settings();
  const auto rate = settings_now->rates().find(code);
  const bool rated = rate != settings_now->rates().end();
  if (store_currency_.empty() && !rated) store_currency_ = code;
  if (!code.empty() && code == store_currency()) return amount;
  if (!rated) {
    ++refused_money_;
    return std::nullopt;
  }
  return amount * rate->second;
}

void Segmentation::keep_order(Person& person, const OrderBook::Order& order, std::uint32_t at) {
  Facts& facts = person.facts;
  const std::uint32_t day = at / kSecondsADay;
  const bool first = facts.order_days == 0;
  // Orders that come late, out of order, count as of their own day where that can be known.
  const bool new_day = first || day != facts.last_order_s / kSecondsADay;
  if (new_day) {
    if (!first) {
      const double gap = std::abs(static_cast<double>(day) -
                                  static_cast<double>(facts.last_order_s / kSecondsADay));
      facts.gap_days += gap;
      facts.gap_days_squared += gap * gap;
      if (order.amount > 0) ++facts.spend_days;
    }
    ++facts.order_days;
    ++facts.order_months[month_number(at) % 12];
  }
  if (!first && day != facts.first_order_s / kSecondsADay) facts.spend_sum += order.amount;
  mark_cohort_month(facts, at, first);
  person.ordered_at(at);
  facts.revenue += order.amount;
  facts.listed += order.listed;
  facts.discounts += order.discount;
  person.ordered_after_meeting(at, order.amount, 1, experiment_window_s_);
  if (order.discount > 0) ++facts.discounted_orders;
  facts.items += order.items;
  if (order.products >= kSeveral) ++facts.several_orders;
  facts.views_before_orders += facts.views_since_order;
  facts.views_since_order = 0;
}

/// What was bought below the catalog's price was bought with a discount, whatever the order says.
/// Accounts have prices of their own.
void Segmentation::count_reductions(const souk::v1::OrderCompleted& event, double rate,
                                    OrderBook::Order& order) const {
  constexpr double kReduced = 0.98;  // less is rounding
  const auto look = [&](const std::string& id, double price, double quantity) {
    const double list = names_.list_price(names_.find(id));
    if (!(price > 0) || !(quantity > 0) || price * rate >= kReduced * list) return;
    const double taken_off = (list - price * rate) * std::min(quantity, 1e6);
    order.discount += taken_off;
    order.listed += taken_off;
  };
  for (const auto& line : event.products())
    look(line.product_id(), line.has_price() ? line.price() : 0,
         line.has_quantity() ? line.quantity() : 1);
  for (const auto& line : event.record().lines()) {
    if (event.products_size() > 0) break;
    look(line.product_id(), money(line.price()), line.has_quantity() ? line.quantity() : 1);
  }
}

void Segmentation::on(const souk::v1::OrderCompleted& event, const EventInfo& info) {
  OrderBook::Order* known = orders_.find(event.order_id());
  if (known != nullptr) return folded(info);
  OrderBook::Order order = order_of(event);
  const auto amount = in_store_money(order.amount, event.currency());
  const double rate = amount && order.amount > 0 ? *amount / order.amount : 1;
  order.listed = amount ? order.listed * rate : 0;
  order.discount = amount ? order.discount * rate : 0;
  order.amount = amount.value_or(0);
  order.at_s = at_s(info);
  if (amount && info.account_id().empty()) count_reductions(event, rate, order);
  orders_.add(event.order_id()) = order;
  const Done done{.deed = Deed::order_completed,
                  .amount = order.amount,
                  .quantity = static_cast<double>(order.items),
                  .discounted = order.discount > 0};
  did(info, done, [&](Person& person) {
    keep_order(person, order, order.at_s);
    const auto bought = [&](const std::string& id, const std::string& category,
                            const std::string& brand, const std::string& variant, double price) {
      const NameId product = names_.number(id);
      Names::Product of = names_.product(product);
      if (!category.empty()) of.category = names_.category(category);
      if (!brand.empty()) of.brand = names_.number(brand);
      names_.set_product(product, of);
      Person::like(person.categories, of.category, kBought);
      Person::like(person.brands, of.brand, kBought);
      Person::like(person.sizes, names_.number(variant), 1);
      if (product > Names::kOther) {
        const auto log_gap = person.bought(product, order.at_s);
        if (person.kind == SubjectKind::person) names_.bought(product, log_gap);
      }
      if (!(price > 0) || price > kMostMoney) return;
      person.facts.price_log_sum += std::log(price);
      person.facts.price_log_squared += std::log(price) * std::log(price);
      ++person.facts.prices;
    };
    constexpr int kMostLines = 200;
    for (int i = 0; i < std::min(kMostLines, event.products_size()); ++i) {
      const auto& line = event.products(i);
      bought(line.product_id(), line.category(), line.brand(), line.variant(),
             line.has_price() ? line.price() * rate : 0);
    }
    for (int i = 0;
         event.products_size() == 0 && i < std::min(kMostLines, event.record().lines_size()); ++i) {
      const auto& line = event.record().lines(i);
      bought(line.product_id(), {}, {}, {}, money(line.price()) * rate);
    }
  });
}

/// Less money and fewer things; never more than the order held, and of nobody who did not order:
/// somebody erased may come back before the refund of what they had ordered does.
void Segmentation::take_back(const EventInfo& info, const std::string& order_id, Deed deed,
                             double amount, double items, bool whole) {
  OrderBook::Order* order = orders_.find(order_id);
  if (order != nullptr) {
    amount = whole ? order->amount : std::min(amount, order->amount);
    if (deed == Deed::order_cancelled && order->cancelled) return folded(info);
    order->amount -= amount;
    order->cancelled |= deed == Deed::order_cancelled;
  } else if (whole) {
    amount = 0;  // nothing is known of it
  }
  const Done done{
      .deed = deed, .amount = amount, .quantity = std::max(1.0, items), .by_shop = true};
  did(info, done, [&](Person& person) {
    const std::uint32_t first = person.facts.first_order_s;
    if (first == 0 || (order != nullptr && order->at_s < first)) {
      --person.facts.deeds[static_cast<std::size_t>(deed)];
      return;
    }
    person.facts.revenue -= amount;
    if (order != nullptr) {
      person.ordered_after_meeting(order->at_s, -amount, deed == Deed::order_cancelled ? -1 : 0,
                                   experiment_window_s_);
    }
    if (deed == Deed::order_refunded) person.facts.refunds += amount;
    if (deed == Deed::product_returned) {
      person.facts.items_returned += static_cast<std::uint32_t>(std::clamp(items, 1.0, 1e6));
    }
  });
}

void Segmentation::on(const souk::v1::OrderCancelled& event, const EventInfo& info) {
  take_back(info, event.order_id(), Deed::order_cancelled, 0, 0, true);
}

void Segmentation::on(const souk::v1::OrderRefunded& event, const EventInfo& info) {
  const bool whole = !event.has_total() && event.products_size() == 0;
  double amount = event.has_total() ? event.total() : 0;
  for (const auto& line : event.products()) {
    if (event.has_total()) break;
    amount += std::max(0.0, line.price()) * (line.has_quantity() ? line.quantity() : 1);
  }
  take_back(info, event.order_id(), Deed::order_refunded,
            in_store_money(amount, event.currency()).value_or(0), 0, whole);
}

void Segmentation::on(const souk::v1::ProductReturned& event, const EventInfo& info) {
  double items = 0;
  for (const auto& line : event.products())
    items += line.has_quantity() ? std::max(0.0, line.quantity()) : 1;
  take_back(info, event.order_id(), Deed::product_returned, 0, std::max(1.0, items), false);
}

}  // namespace souk::segmentation
