#include "tools/simulate/figures.hpp"

#include "tools/simulate/shop.hpp"
#include "tools/simulate/simulation.hpp"

namespace souk::simulate {
namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double ratio(double part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : part / static_cast<double>(whole);
}

}  // namespace

std::vector<Figure> figures(const Simulation& simulation) {
  const Shop& shop = simulation.shop();
  const Tallies& t = shop.tallies;
  const EventWriter& w = shop.writer;
  const auto count = [&](EventKind kind) { return w.count(kind); };
  const std::uint64_t delivered = count(EventKind::message_delivered);
  const std::uint64_t units = t.order_units + t.lost_units;
  return {
      {"events", "events", static_cast<double>(simulation.events()), 0, 0},
      {"visits", "visits", static_cast<double>(t.sessions), 0, 0},
      {"visits by unknown people", "%", percent(t.anonymous_sessions, t.sessions), 20, 70},
      {"visits of one page", "%", percent(t.bounced_sessions, t.sessions), 30, 50},
      {"visits with a search", "%", percent(t.searching_sessions, t.sessions), 12, 35},
      {"visits that fill a cart", "%", percent(t.cart_sessions, t.sessions), 6, 14},
      {"conversion (visits with an order)", "%", percent(t.order_sessions, t.sessions), 2, 4},
      {"carts left behind", "%", 100.0 - percent(t.order_sessions, t.cart_sessions), 60, 80},
      {"orders", "orders", static_cast<double>(t.orders), 0, 0},
      {"mean order value", "currency", ratio(static_cast<double>(t.order_value) / 100.0, t.orders),
       55, 170},
      {"lines per order", "lines", ratio(static_cast<double>(t.sold_lines), t.orders), 1.2, 3.0},
      {"orders by returning customers", "%", 100.0 - percent(t.first_orders, t.orders), 30, 75},
      {"orders by subscription", "%", percent(t.subscription_orders, t.orders), 0.5, 20},
      {"business orders", "orders", static_cast<double>(t.business_orders), 0, 0},
      {"lines sent back", "%", percent(t.returned_lines, t.sold_lines), 4, 15},
      {"clothes and shoes sent back", "%", percent(t.returned_worn_lines, t.worn_lines), 15, 40},
      {"units lost without stock", "%", percent(t.lost_units, units), 1, 10},
      {"misspelt queries", "%", percent(t.typo_searches, count(EventKind::products_searched)), 4,
       15},
      {"messages sent", "messages", static_cast<double>(count(EventKind::message_sent)), 0, 0},
      {"messages opened", "%", percent(count(EventKind::message_opened), delivered), 20, 45},
      {"messages clicked", "%", percent(count(EventKind::message_clicked), delivered), 1, 5},
      {"messages that end in unsubscribing", "%",
       percent(count(EventKind::unsubscribed), delivered), 0.02, 0.5},
  };
}

}  // namespace souk::simulate
