#include "tools/simulate/orders.hpp"

#include <algorithm>
#include <cmath>

namespace souk::simulate {
namespace {

constexpr std::int64_t kFreeShippingFrom = 4900;
constexpr std::int64_t kShipping = 490;
constexpr double kReviewRate = 0.07;

std::int64_t after_days(Random& random, std::int64_t now, double low, double high) {
  return now + static_cast<std::int64_t>(random.uniform(low, high) * static_cast<double>(kDayUs));
}

}  // namespace

std::string order_id(std::uint64_t number) { return "o-" + std::to_string(1000 + number); }

Moment Orders::moment(const OpenOrder& order, std::int64_t now, Channel channel) {
  person_ = shop_.population.customer_id(order.shopper);
  Moment result;
  result.time_us = now;
  result.shopper_id = person_;
  result.account_id = order.account_id;
  result.channel = channel;
  return result;
}

std::uint32_t Orders::keep(const OrderRequest& request, std::vector<Line> lines) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(open_.size()));
    open_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  OpenOrder& order = open_[slot];
  order.number = request.number;
  order.discount_percent = request.discount_percent;
  order.shopper = request.shopper;
  order.generation = shop_.person(request.shopper).generation;
  order.follow_ups = 1;
  order.account_id = request.account_id;
  order.return_reasons.assign(lines.size(), {});
  order.lines = std::move(lines);
  return slot;
}

void Orders::release(std::uint32_t slot) {
  if (--open_[slot].follow_ups == 0) free_.push_back(slot);
}

std::vector<Line> Orders::lines_in_stock(const OrderRequest& request) {
  std::vector<Line> lines;
  for (const Line& wanted : request.lines) {
    const Product& product = shop_.product(wanted.product);
    const int there = product.variants[static_cast<std::size_t>(wanted.variant)].stock;
    Line line = wanted;
    line.quantity = std::min(wanted.quantity, there);
    line.position = 0;
    if (line.quantity < wanted.quantity)
      shop_.lose(wanted.product, wanted.quantity - line.quantity);
    if (line.quantity > 0) lines.push_back(line);
  }
  return lines;
}

bool Orders::place(const OrderRequest& request, std::int64_t now) {
  std::vector<Line> lines = lines_in_stock(request);
  if (lines.empty()) return false;
  const std::string id = order_id(request.number);
  const std::string person = shop_.population.customer_id(request.shopper);
  const bool business = !request.account_id.empty();
  OrderText text;
  for (const Line& line : lines)
    text.subtotal += line.unit_price * line.quantity;
  text.order_id = id;
  text.checkout_id = request.checkout_id;
  text.coupon = request.coupon;
  text.payment_method = request.payment_method;
  text.lines = lines;
  text.discount = text.subtotal * request.discount_percent / 100;
  const std::int64_t net = text.subtotal - text.discount;
  text.shipping = net >= kFreeShippingFrom || business ? 0 : kShipping;
  text.total = net + text.shipping;
  text.tax = text.total * 19 / 119;  // prices contain 19 % value added tax
  Moment when;
  when.time_us = now;
  when.shopper_id = person;
  when.session_id = request.session_id;
  when.account_id = request.account_id;
  when.channel = request.channel;
  shop_.writer.order_completed(when, text);
  for (const Line& line : lines)
    stock_.take(line.product, line.variant, line.quantity, now);
  tally(request, lines, text.total);
  if (!business && !request.subscription) plan_consumables(request, lines, id, now);

  Shopper& shopper = shop_.person(request.shopper);
  shopper.orders = static_cast<std::uint16_t>(std::min(shopper.orders + 1, 65535));
  shopper.last_order_day = shop_.day;
  const std::uint32_t slot = keep(request, std::move(lines));
  if (!business && shop_.random.chance(0.012)) {
    shop_.queue.push(now + shop_.random.between(5, 90) * kMinuteUs, Due::cancel_order, slot);
  } else {
    shop_.queue.push(after_days(shop_.random, now, 0.3, 1.5), Due::ship_order, slot);
  }
  return true;
}

void Orders::tally(const OrderRequest& request, std::span<const Line> lines, std::int64_t total) {
  Tallies& tallies = shop_.tallies;
  if (!request.account_id.empty()) {
    ++tallies.business_orders;
    return;
  }
  ++tallies.orders;
  tallies.order_value += total;
  tallies.sold_lines += lines.size();
  for (const Line& line : lines)
    tallies.order_units += static_cast<std::uint64_t>(line.quantity);
  if (shop_.person(request.shopper).orders == 0) ++tallies.first_orders;
  if (request.subscription) ++tallies.subscription_orders;
}

void Orders::plan_consumables(const OrderRequest& request, std::span<const Line> lines,
                              std::string_view order_id, std::int64_t now) {
  for (const Line& line : lines) {
    if (shop_.product(line.product).refill_days <= 0.0) continue;
    if (offer_ != nullptr && offer_->subscribe(request.shopper, line, order_id, now)) continue;
    plan_refill(request.shopper, line, now);
  }
}

void Orders::cancel(std::uint32_t slot, std::int64_t now) {
  const OpenOrder& order = open_[slot];
  const std::string id = order_id(order.number);
  OrderText text;
  text.order_id = id;
  text.reason = "changed_mind";
  text.lines = order.lines;
  for (const Line& line : order.lines)
    text.subtotal += line.unit_price * line.quantity;
  text.total = text.subtotal;
  shop_.writer.order_cancelled(moment(order, now, Channel::web), text);
  for (const Line& line : order.lines) {
    stock_.put_back(line.product, line.variant, line.quantity, now);
  }
  release(slot);
}

void Orders::ship(std::uint32_t slot, std::int64_t now) {
  const std::int64_t expected = after_days(shop_.random, now, 1.0, 3.0);
  const OpenOrder& order = open_[slot];
  shop_.writer.order_shipped(moment(order, now, Channel::api), order_id(order.number), expected);
  shop_.queue.push(expected, Due::deliver_order, slot);
}

std::string_view Orders::return_reason(const OpenOrder& order, const Line& line) {
  const Product& product = shop_.product(line.product);
  const LeafSpec& leaf = leaf_specs()[product.leaf];
  const double size = true_size(shop_.person(order.shopper), product, shop_.catalog);
  if (size >= 0.0) {
    const int label = product.variants[static_cast<std::size_t>(line.variant)].size;
    const double gap = label - size;
    // Within 0.6 of a size people keep it mostly; beyond, two in three send it back.
    const double misfit = std::fabs(gap) > 0.6 ? 0.65 : 0.10 * std::fabs(gap);
    if (shop_.random.chance(misfit)) return gap < 0.0 ? "too_small" : "too_large";
  }
  if (shop_.random.chance(leaf.return_rate * (2.1 - product.quality))) {
    constexpr std::string_view kReasons[] = {"not_as_described", "defective", "changed_mind"};
    return kReasons[shop_.random.below(3)];
  }
  return {};
}

void Orders::deliver(std::uint32_t slot, std::int64_t now) {
  {
    const OpenOrder& order = open_[slot];
    shop_.writer.order_delivered(moment(order, now, Channel::api), order_id(order.number));
  }
  OpenOrder& order = open_[slot];
  const bool same_person = shop_.person(order.shopper).generation == order.generation;
  const bool business = !order.account_id.empty();
  for (std::size_t i = 0; i < order.lines.size() && same_person && !business; ++i) {
    const Line& line = order.lines[i];
    const bool worn =
        true_size(shop_.person(order.shopper), shop_.product(line.product), shop_.catalog) >= 0.0;
    if (worn) ++shop_.tallies.worn_lines;
    order.return_reasons[i] = return_reason(order, line);
    const auto index = static_cast<std::uint32_t>(i);
    if (!order.return_reasons[i].empty()) {
      ++order.follow_ups;
      ++shop_.tallies.returned_lines;
      if (worn) ++shop_.tallies.returned_worn_lines;
      shop_.queue.push(after_days(shop_.random, now, 0.5, 8.0), Due::request_return, slot, index);
    }
    if (shop_.random.chance(kReviewRate)) {
      ++order.follow_ups;
      shop_.queue.push(after_days(shop_.random, now, 2.0, 14.0), Due::review, slot, index);
    }
  }
  release(slot);
}

void Orders::request_return(std::uint32_t slot, std::uint32_t index, std::int64_t now) {
  const OpenOrder& order = open_[slot];
  const std::string id = order_id(order.number);
  const std::string return_id =
      "r-" + std::to_string(1000 + order.number) + "-" + std::to_string(index + 1);
  ReturnText text;
  text.return_id = return_id;
  text.order_id = id;
  text.line = order.lines[index];
  text.reason = order.return_reasons[index];
  shop_.writer.return_requested(moment(order, now, Channel::web), text);
  shop_.queue.push(after_days(shop_.random, now, 2.0, 6.0), Due::take_return, slot, index);
}

void Orders::take_return(std::uint32_t slot, std::uint32_t index, std::int64_t now) {
  const OpenOrder& order = open_[slot];
  const std::string id = order_id(order.number);
  const std::string return_id =
      "r-" + std::to_string(1000 + order.number) + "-" + std::to_string(index + 1);
  const Line line = order.lines[index];
  ReturnText text;
  text.return_id = return_id;
  text.order_id = id;
  text.line = line;
  text.reason = order.return_reasons[index];
  text.resalable = text.reason != "defective" && shop_.random.chance(0.92);
  shop_.writer.product_returned(moment(order, now, Channel::api), text);
  OrderText refund;
  refund.order_id = id;
  refund.lines = {&line, 1};
  refund.total = line.unit_price * line.quantity * (100 - order.discount_percent) / 100;
  refund.reason = text.reason;
  shop_.writer.order_refunded(moment(order, now, Channel::api), refund);
  if (text.resalable && shop_.product(line.product).live) {
    stock_.put_back(line.product, line.variant, line.quantity, now);
  }
  release(slot);
}

void Orders::review(std::uint32_t slot, std::uint32_t index, std::int64_t now) {
  const OpenOrder& order = open_[slot];
  if (shop_.person(order.shopper).generation != order.generation) {
    release(slot);
    return;
  }
  const Line& line = order.lines[index];
  const double liked = appeal(shop_.person(order.shopper), shop_.product(line.product));
  double stars = 1.9 + 3.0 * shop_.product(line.product).quality + 0.35 * liked;
  stars += shop_.random.normal(0.0, 0.7);
  if (!order.return_reasons[index].empty()) stars -= 1.6;
  const int rating = std::clamp(static_cast<int>(std::floor(stars + 0.5)), 1, 5);
  const std::string review_id =
      "rv-" + std::to_string(1000 + order.number) + "-" + std::to_string(index + 1);
  const auto sentence = review_sentence(rating, static_cast<int>(shop_.random.below(3)));
  shop_.writer.product_reviewed(moment(order, now, Channel::web), line.product, review_id, rating,
                                sentence);
  release(slot);
}

void Orders::plan_refill(std::uint32_t index, const Line& line, std::int64_t now) {
  const Product& product = shop_.product(line.product);
  if (product.refill_days <= 0.0) return;
  Shopper& shopper = shop_.person(index);
  auto found = std::find_if(shopper.refills.begin(), shopper.refills.end(),
                            [&](const Refill& refill) { return refill.product == line.product; });
  if (found == shopper.refills.end()) {
    if (shopper.refills.size() == kMaxRefills) shopper.refills.erase(shopper.refills.begin());
    shopper.refills.push_back({line.product, static_cast<std::uint16_t>(line.variant),
                               static_cast<float>(product.refill_days * shopper.usage), 0});
    found = shopper.refills.end() - 1;
  }
  // A bigger pack or more pieces last longer, though not in full proportion.
  const double pack = product.variants[static_cast<std::size_t>(line.variant)].price_factor;
  const double amount = 0.55 + 0.45 * pack * line.quantity;
  const double days =
      static_cast<double>(found->interval_days) * amount * shop_.random.log_normal(1.0, 0.16);
  found->variant = static_cast<std::uint16_t>(line.variant);
  found->due_us = now + static_cast<std::int64_t>(days * static_cast<double>(kDayUs));
  shop_.queue.push(found->due_us, Due::refill, index, line.product);
}

}  // namespace souk::simulate
