#include "tools/simulate/subscriptions.hpp"

#include <algorithm>
#include <cmath>

namespace souk::simulate {
namespace {

constexpr double kExistingShare = 0.025;  // of the customers known at the start
constexpr double kOfferTaken = 0.06;      // of consumables ordered by regulars
constexpr double kSkips = 0.08;
constexpr double kPauses = 0.02;
constexpr double kPaymentFails = 0.025;
constexpr int kAttempts = 3;

std::string id_of(const Subscription& subscription) {
  return "sub-" + std::to_string(subscription.number);
}

}  // namespace

void Subscriptions::open(std::int64_t now) {
  const auto count = static_cast<std::uint32_t>(shop_.population.people().size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const Shopper& shopper = shop_.person(i);
    const bool candidate = shopper.identified && shopper.account < 0 && shopper.arrive_day <= 0;
    if (!candidate || !shop_.random.chance(kExistingShare)) continue;
    // A consumable of a leaf the person likes, or of any.
    for (int attempt = 0; attempt < 8; ++attempt) {
      const auto leaf = attempt < 3 ? shopper.favourite_leaves[static_cast<std::size_t>(attempt)]
                                    : static_cast<std::uint16_t>(shop_.random.below(
                                          static_cast<std::uint32_t>(leaf_specs().size())));
      const int drawn = shop_.catalog.draw(leaf, shop_.random);
      if (drawn < 0) continue;
      const auto index = static_cast<std::uint32_t>(drawn);
      const Product& product = shop_.product(index);
      if (product.refill_days <= 0.0) continue;
      Line line;
      line.product = index;
      line.variant = 0;
      line.quantity = 1;
      line.unit_price = product.variant_price(0);
      const auto first =
          now + static_cast<std::int64_t>(shop_.random.uniform(0.5, 28.0) * 1440.0) * kMinuteUs;
      begin(i, line, {}, now, first);
      break;
    }
  }
}

void Subscriptions::begin(std::uint32_t index, const Line& line, std::string_view order_id,
                          std::int64_t now, std::int64_t first_charge) {
  const Shopper& shopper = shop_.person(index);
  Subscription subscription;
  subscription.number = static_cast<std::uint32_t>(all_.size()) + 1;
  subscription.shopper = index;
  subscription.customer_id = shop_.population.customer_id(index);
  subscription.line = line;
  subscription.line.position = 0;
  const Product& product = shop_.product(line.product);
  const double pack = product.variants[static_cast<std::size_t>(line.variant)].price_factor;
  subscription.usage_days =
      product.refill_days * shopper.usage * (0.55 + 0.45 * pack * line.quantity);
  // People choose whole weeks near what they use up.
  const double weeks = std::floor(subscription.usage_days / 7.0 + 0.5);
  subscription.interval_days = 7 * static_cast<int>(std::clamp(weeks, 2.0, 12.0));
  const bool loyal = shopper.segment == Segment::loyal;
  const bool bargain = shopper.segment == Segment::bargain;
  subscription.cancel_hazard = (loyal ? 0.03 : (bargain ? 0.10 : 0.06)) * (1.6 - product.quality);
  if (first_charge == 0) first_charge = now + subscription.interval_days * kDayUs;
  write(subscription, EventKind::subscription_started, now, first_charge, {}, order_id);
  all_.push_back(std::move(subscription));
  shop_.queue.push(first_charge, Due::subscription, static_cast<std::uint32_t>(all_.size() - 1));
}

bool Subscriptions::subscribe(std::uint32_t index, const Line& line, std::string_view order_id,
                              std::int64_t now) {
  const Shopper& shopper = shop_.person(index);
  const bool regular = shopper.segment == Segment::loyal || shopper.segment == Segment::occasional;
  if (!regular || !shop_.random.chance(kOfferTaken)) return false;
  begin(index, line, order_id, now, 0);
  return true;
}

void Subscriptions::write(const Subscription& subscription, EventKind kind, std::int64_t now,
                          std::int64_t next, std::string_view reason, std::string_view order_id) {
  const std::string id = id_of(subscription);
  SubscriptionText text;
  text.id = id;
  text.lines = {&subscription.line, 1};
  text.interval_days = subscription.interval_days;
  text.next_charge_us = next;
  text.price = subscription.line.unit_price * subscription.line.quantity;
  text.order_id = order_id;
  text.number =
      kind == EventKind::subscription_renewed ? subscription.renewals : subscription.attempt;
  text.reason = reason;
  Moment moment;
  moment.time_us = now;
  moment.shopper_id = subscription.customer_id;
  moment.channel = Channel::api;
  shop_.writer.subscription(moment, kind, text);
}

bool Subscriptions::interrupted(Subscription& subscription, std::uint32_t index, std::int64_t now) {
  Random& random = shop_.random;
  const bool left = shop_.day >= shop_.person(subscription.shopper).churn_day;
  const bool gone = !shop_.product(subscription.line.product).live;
  if (gone || left || random.chance(subscription.cancel_hazard)) {
    constexpr std::string_view kReasons[] = {"too_expensive", "have_too_much",
                                             "prefer_another_product"};
    const auto reason = gone ? std::string_view("discontinued") : kReasons[random.below(3)];
    subscription.active = false;
    write(subscription, EventKind::subscription_cancelled, now, 0, reason, {});
    return true;
  }
  const std::int64_t interval = subscription.interval_days * kDayUs;
  // Those who get more than they use skip more.
  const double surplus = subscription.usage_days / subscription.interval_days;
  if (random.chance(kSkips * std::max(0.3, surplus))) {
    write(subscription, EventKind::subscription_skipped, now, now + interval, "still_have_enough",
          {});
    shop_.queue.push(now + interval, Due::subscription, index);
    return true;
  }
  if (random.chance(kPauses)) {
    const std::int64_t until = now + 30 * kDayUs;
    subscription.paused = true;
    write(subscription, EventKind::subscription_paused, now, until, "on_holiday", {});
    shop_.queue.push(until, Due::subscription, index);
    return true;
  }
  if (!random.chance(subscription.attempt > 0 ? 0.4 : kPaymentFails)) return false;
  ++subscription.attempt;
  const bool last = subscription.attempt == kAttempts;
  const std::int64_t again = last ? 0 : now + 3 * kDayUs;
  write(subscription, EventKind::subscription_payment_failed, now, again, "card_declined", {});
  if (last) {
    subscription.active = false;
    write(subscription, EventKind::subscription_cancelled, now, 0, "payment_failed", {});
  } else {
    shop_.queue.push(again, Due::subscription, index);
  }
  return true;
}

void Subscriptions::due(std::uint32_t index, std::int64_t now) {
  Subscription& subscription = all_[index];
  if (subscription.paused) {
    subscription.paused = false;
    const std::int64_t next = now + kDayUs;
    write(subscription, EventKind::subscription_resumed, now, next, {}, {});
    shop_.queue.push(next, Due::subscription, index);
    return;
  }
  if (interrupted(subscription, index, now)) return;
  renew(subscription, index, now);
}

void Subscriptions::renew(Subscription& subscription, std::uint32_t index, std::int64_t now) {
  subscription.attempt = 0;
  subscription.line.unit_price =
      shop_.product(subscription.line.product)
          .variant_price(static_cast<std::size_t>(subscription.line.variant));
  const std::int64_t next = now + subscription.interval_days * kDayUs;
  OrderRequest request;
  request.shopper = subscription.shopper;
  request.number = orders_.reserve_number();
  request.payment_method = "card";
  request.lines = {&subscription.line, 1};
  request.channel = Channel::api;
  request.subscription = true;
  const std::string order = order_id(request.number);
  if (orders_.place(request, now)) {
    ++subscription.renewals;
    write(subscription, EventKind::subscription_renewed, now, next, {}, order);
    shop_.queue.push(next, Due::subscription, index);
  } else {
    const std::int64_t again = now + 7 * kDayUs;
    write(subscription, EventKind::subscription_skipped, now, again, "out_of_stock", {});
    shop_.queue.push(again, Due::subscription, index);
  }
}

}  // namespace souk::simulate
