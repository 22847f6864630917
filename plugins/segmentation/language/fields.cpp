#include "plugins/segmentation/language/fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace souk::segmentation {
namespace {

constexpr double kDayS = 86'400;
constexpr DeedSet kAny = ~DeedSet{0};
constexpr DeedSet kOrders = set_of(Deed::order_completed) | set_of(Deed::order_cancelled) |
                            set_of(Deed::order_refunded) | set_of(Deed::product_returned);
constexpr DeedSet kMessages =
    set_of(Deed::message_sent) | set_of(Deed::message_opened) | set_of(Deed::message_clicked);
constexpr DeedSet kSubscriptions =
    set_of(Deed::subscription_started) | set_of(Deed::subscription_renewed) |
    set_of(Deed::subscription_cancelled) | set_of(Deed::subscription_paused) |
    set_of(Deed::subscription_payment_failed);

Value constant(double number) { return {.number = number}; }

/// Seconds since a moment: grows by one a second. Never: nothing can be said, so NaN.
Value since(std::uint32_t moment_s, std::uint32_t now_s) {
  if (moment_s == 0) return constant(std::nan(""));
  return {.number = static_cast<double>(now_s) - moment_s, .slope = 1};
}

/// NaN where there is nothing to divide by: no comparison with it holds.
Value ratio(double part, double whole) { return constant(whole > 0 ? part / whole : std::nan("")); }

/// The same of things told one by one: more may be said to have come back or been opened than
/// went out.
Value part_of_all(double part, double whole) {
  return constant(whole > 0 ? std::min(1.0, part / whole) : std::nan(""));
}

std::uint32_t done(const Subject& s, Deed deed) {
  return s.facts->deeds[static_cast<std::size_t>(deed)];
}

std::uint32_t orders(const Subject& s) {
  const std::uint32_t cancelled = done(s, Deed::order_cancelled);
  return done(s, Deed::order_completed) - std::min(cancelled, done(s, Deed::order_completed));
}

/// With the cancelled ones: those had their products, discounts and views too.
std::uint32_t placed(const Subject& s) { return done(s, Deed::order_completed); }

/// Predictions move with time; a day is soon enough to look again.
Value predicted(double number, std::uint32_t now_s) {
  return {.number = number, .slope = 0, .until_s = now_s + 86'400};
}

Predictions predictions(const Subject& s, std::uint32_t now_s) {
  return s.predictor != nullptr ? s.predictor->predict(s, now_s) : Predictions{};
}

Value named(NameId name) { return constant(name); }

Value heaviest(std::span<const Liking> likings) {
  return named(likings.empty() ? 0 : likings.front().name);
}

Value share_of_heaviest(std::span<const Liking> likings) {
  double sum = 0;
  for (const Liking& liking : likings)
    sum += liking.weight;
  return ratio(likings.empty() ? 0 : likings.front().weight, sum);
}

/// Share of order days that lies in the best three months of the year that follow each other.
Value season_share(const Subject& s) {
  const auto& months = s.facts->order_months;
  double best = 0;
  double all = 0;
  for (std::size_t month = 0; month < 12; ++month) {
    const double near = 0.0 + months[(month + 11) % 12] + months[month] + months[(month + 1) % 12];
    best = std::max(best, near);
    all += months[month];
  }
  return ratio(best, all);
}

/// Of the products that run out that which is nearest to being bought again: how much of its time
/// is over. Whoever has not bought it for twice that time buys it elsewhere, or not at all.
Value replenishment(const Subject& s, std::uint32_t now_s) {
  constexpr double kGone = 2;
  Value out{.number = std::nan("")};
  if (s.world == nullptr) return out;
  const RebuyRate shop = s.world->rebuys_of(0);
  for (const Rebuy& one : s.rebuys) {
    std::uint32_t last_s = one.last_s;
    double log_gaps = 0;
    unsigned gaps = 0;
    for (const Rebuy& same : s.rebuys) {  // of the person and of joined visitors
      if (same.product != one.product) continue;
      last_s = std::max(last_s, same.last_s);
      log_gaps += static_cast<double>(same.log_gaps);
      gaps += same.gaps;
    }
    const auto days = rebuy_days(log_gaps, gaps, s.world->rebuys_of(one.product), shop);
    if (!days || now_s < last_s) continue;
    const double due_s = std::max(1.0, *days) * kDayS;
    const double over = (now_s - last_s) / due_s;
    if (over > kGone || (!std::isnan(out.number) && out.number >= over)) continue;
    out.number = over;
    out.slope = 1 / due_s;
  }
  // Another product may come to be nearer, this one may be gone: a day is soon enough.
  if (!std::isnan(out.number)) out.until_s = now_s + 86'400;
  return out;
}

#define SOUK_READ(expression)                          \
  [](const Subject& s, std::uint32_t now_s) -> Value { \
    (void)s;                                           \
    (void)now_s;                                       \
    return expression;                                 \
  }

// In order of their names.
constexpr auto kFields = std::to_array<Field>({
    {"account", Type::text, kAny, false, "the account the person buys for",
     SOUK_READ(named(s.account))},
    {"alive", Type::number, kOrders, true, "probability of ever ordering again",
     SOUK_READ(predicted(predictions(s, now_s).alive, now_s))},
    {"average_items", Type::number, kOrders, false, "products an order",
     SOUK_READ(ratio(s.facts->items, placed(s)))},
    {"average_order", Type::number, kOrders, false, "money an order",
     SOUK_READ(ratio(s.facts->revenue, orders(s)))},
    {"bundle_share", Type::number, kOrders, false, "share of orders with three products or more",
     SOUK_READ(part_of_all(s.facts->several_orders, placed(s)))},
    {"churn_risk", Type::number, kOrders, true, "probability of not ordering again in time",
     SOUK_READ(predicted(predictions(s, now_s).churn_risk, now_s))},
    {"desktop_share", Type::number, kAny, false, "share of deeds at a desk",
     SOUK_READ(ratio(s.facts->desktop, 0.0 + s.facts->mobile + s.facts->desktop))},
    {"discount_depth", Type::number, kOrders, false, "share of list prices that was taken off",
     SOUK_READ(ratio(s.facts->discounts, s.facts->listed))},
    {"discount_sensitivity", Type::number, kOrders, true, "how much discounts decide, 0 to 1",
     SOUK_READ(predicted(predictions(s, now_s).discount_sensitivity, now_s))},
    {"discount_share", Type::number, kOrders, false, "share of orders with a discount",
     SOUK_READ(part_of_all(s.facts->discounted_orders, placed(s)))},
    {"email_click_rate", Type::number, kMessages, false, "clicks an e-mail",
     SOUK_READ(ratio(s.facts->email_clicked, s.facts->email_sent))},
    {"email_open_rate", Type::number, kMessages, false, "opened of the e-mails sent",
     SOUK_READ(part_of_all(s.facts->email_opened, s.facts->email_sent))},
    {"favourite_brand", Type::text, kAny, false, "the brand liked most",
     SOUK_READ(heaviest(s.brands))},
    {"favourite_brand_share", Type::number, kAny, false, "its share of all brands",
     SOUK_READ(share_of_heaviest(s.brands))},
    {"favourite_category", Type::text, kAny, false, "the category liked most",
     SOUK_READ(heaviest(s.categories))},
    {"favourite_category_share", Type::number, kAny, false, "its share of all categories",
     SOUK_READ(share_of_heaviest(s.categories))},
    {"first_order", Type::duration, kOrders, false, "time since the first order",
     SOUK_READ(since(s.facts->first_order_s, now_s))},
    {"identified", Type::truth, kAny, false, "a known customer",
     SOUK_READ(constant(s.identified ? 1 : 0))},
    {"interval", Type::duration, kOrders, false, "mean time between orders",
     SOUK_READ(ratio(s.facts->gap_days* kDayS, s.facts->order_days - 1.0))},
    {"items", Type::number, kOrders, false, "products bought", SOUK_READ(constant(s.facts->items))},
    {"last_open", Type::duration, kMessages, false, "time since a message was opened or clicked",
     SOUK_READ(since(s.facts->last_open_s, now_s))},
    {"last_order", Type::duration, kOrders, false, "time since the last order",
     SOUK_READ(since(s.facts->last_order_s, now_s))},
    {"last_seen", Type::duration, kAny, false, "time since anything was done",
     SOUK_READ(since(s.facts->last_seen_s, now_s))},
    {"message_click_rate", Type::number, kMessages, false, "clicks a message of any kind",
     SOUK_READ(ratio(done(s, Deed::message_clicked), done(s, Deed::message_sent)))},
    {"mobile_share", Type::number, kAny, false, "share of deeds on a telephone or tablet",
     SOUK_READ(ratio(s.facts->mobile, 0.0 + s.facts->mobile + s.facts->desktop))},
    {"next_order", Type::duration, kOrders, true, "time until the next order is expected",
     SOUK_READ(predicted(predictions(s, now_s).next_order_s, now_s))},
    {"order_days", Type::number, kOrders, false, "days with an order",
     SOUK_READ(constant(s.facts->order_days))},
    {"order_value", Type::number, kOrders, true, "expected money an order",
     SOUK_READ(predicted(predictions(s, now_s).order_value, now_s))},
    {"orders", Type::number, kOrders, false, "orders, less cancelled ones",
     SOUK_READ(constant(orders(s)))},
    {"price_level", Type::number, kOrders, false, "typical price bought",
     SOUK_READ(constant(s.facts->prices > 0 ? std::exp(s.facts->price_log_sum / s.facts->prices)
                                            : std::nan("")))},
    {"refunds", Type::number, kOrders, false, "money given back",
     SOUK_READ(constant(s.facts->refunds))},
    {"replenishment", Type::number, kOrders, false,
     "how much of the usual time between purchases of a product is over, 1 when it is due",
     SOUK_READ(replenishment(s, now_s))},
    {"return_rate", Type::number, kOrders, false, "share of products sent back",
     SOUK_READ(part_of_all(s.facts->items_returned, s.facts->items))},
    {"revenue", Type::number, kOrders, false, "money spent, less refunds",
     SOUK_READ(constant(s.facts->revenue))},
    {"role", Type::text, kAny, false, "what the person may do for the account",
     SOUK_READ(named(s.role))},
    {"season_share", Type::number, kOrders, false, "share of orders in the best three months",
     SOUK_READ(season_share(s))},
    {"sizes_compared", Type::number, set_of(Deed::product_viewed), false,
     "times another size or colour was looked at", SOUK_READ(constant(s.facts->sizes_compared))},
    {"sms_click_rate", Type::number, kMessages, false, "clicks a text message",
     SOUK_READ(ratio(s.facts->sms_clicked, s.facts->sms_sent))},
    {"source", Type::text, kAny, false, "where most visits come from",
     SOUK_READ(heaviest(s.sources))},
    {"subscribed", Type::duration, kSubscriptions, false, "time since a subscription runs",
     SOUK_READ(since(s.facts->subscribed_s, now_s))},
    {"subscriptions", Type::number, kSubscriptions, false, "subscriptions that run",
     SOUK_READ(constant(s.facts->subscriptions))},
    {"tenure", Type::duration, kAny, false, "time since first seen",
     SOUK_READ(since(s.facts->first_seen_s, now_s))},
    {"value_percentile", Type::number, kOrders, true, "share of customers worth less, 0 to 100",
     SOUK_READ(predicted(predictions(s, now_s).value_percentile, now_s))},
    {"views_before_order", Type::number, kOrders | set_of(Deed::product_viewed), false,
     "product views an order", SOUK_READ(ratio(s.facts->views_before_orders, placed(s)))},
    {"views_since_order", Type::number, kOrders | set_of(Deed::product_viewed), false,
     "product views since the last order", SOUK_READ(constant(s.facts->views_since_order))},
    {"visits", Type::number, kAny, false, "visits", SOUK_READ(constant(s.facts->visits))},
});

#undef SOUK_READ

static_assert(std::is_sorted(kFields.begin(), kFields.end(),
                             [](const Field& a, const Field& b) { return a.name < b.name; }));

}  // namespace

std::span<const Field> fields() { return kFields; }

const Field* field_named(std::string_view name) {
  const auto found = std::lower_bound(
      kFields.begin(), kFields.end(), name,
      [](const Field& field, std::string_view wanted) { return field.name < wanted; });
  return found != kFields.end() && found->name == name ? &*found : nullptr;
}

}  // namespace souk::segmentation
