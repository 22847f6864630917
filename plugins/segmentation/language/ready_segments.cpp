#include "plugins/segmentation/language/ready_segments.hpp"

#include <array>

namespace souk::segmentation {
namespace {

constexpr SubjectKind kPerson = SubjectKind::person;
constexpr SubjectKind kAccount = SubjectKind::account;

constexpr auto kReady = std::to_array<ReadySegment>({
    {"first_time_visitor", "First-time visitor", kPerson, "visits = 1 and orders = 0",
     "Here for the first time: say who you are before you sell."},
    {"new_buyer_likely_to_return", "First-time buyer likely to return", kPerson,
     "orders = 1 and first_order <= 90d and (expected_orders(90d) >= 0.3 or "
     "visits >= 2 and count(productViewed, 30d) >= 3)",
     "One order so far and signs of a second: a welcome, not a discount."},
    {"repeat_customer", "Repeat customer", kPerson, "order_days >= 2",
     "Ordered on two different days or more."},
    {"high_value", "High value", kPerson, "orders >= 1 and value_percentile >= 80",
     "Among the fifth of customers expected to spend most in the coming year."},
    {"high_value_full_price", "High value, few discounts", kPerson,
     "segment(\"high_value\") and discount_share <= 0.2",
     "Spends much and does not wait for discounts: give service and early access."},
    {"discount_sensitive", "Discount-sensitive", kPerson,
     "orders >= 2 and (discount_share >= 0.6 or discount_sensitivity >= 0.7)",
     "Buys when something is taken off."},
    {"churn_risk", "Churn risk", kPerson, "orders >= 1 and churn_risk >= 0.66 and last_order <= 1y",
     "Likely not to order again in time; still young enough to be won back."},
    {"category_loyalist", "Category loyalist", kPerson,
     "orders >= 2 and favourite_category_share >= 0.6",
     "More than half of all interest is in one category; `favourite_category` says which."},
    {"bundle_buyer", "Bundle buyer", kPerson, "orders >= 2 and bundle_share >= 0.5",
     "Half of the orders hold three products or more."},
    {"heavy_researcher", "Heavy researcher", kPerson,
     "count(productViewed, 30d) >= 15 and (orders = 0 or views_before_order >= 10) or "
     "sizes_compared >= 10",
     "Looks long before buying: facts, comparisons and reviews help."},
    {"seasonal_buyer", "Seasonal buyer", kPerson,
     "order_days >= 3 and tenure >= 365d and season_share >= 0.8",
     "Orders in the same three months of the year."},
    {"due_for_replenishment", "Due for replenishment", kPerson,
     "replenishment >= 0.85 and replenishment <= 1.5",
     "Something bought before, of the kind that runs out, is about to: by this customer's own time "
     "between purchases of it, and by that of others."},
    {"ready_for_subscription", "Ready for a subscription", kPerson,
     "order_days >= 4 and subscriptions = 0 and interval <= 60d and last_order <= 1.5 * interval",
     "Orders often and regularly, without a subscription."},
    {"premium_bundle_buyer", "Likely to buy premium bundles", kPerson,
     "segment(\"bundle_buyer\") and value_percentile >= 60 and discount_share <= 0.4",
     "Buys sets and does not look at the price first."},
    {"needs_education", "Needs product education", kPerson,
     "count(productReturned) >= 2 and return_rate >= 0.3 or "
     "count(productViewed, 30d) >= 20 and count(productAdded, 30d) = 0",
     "Sends much back, or looks and looks without putting anything into the cart."},
    {"vip", "VIP", kPerson, "order_days >= 3 and value_percentile >= 95 and last_order <= 1y",
     "The best twentieth of customers."},
    {"account_growing", "Growing account", kAccount,
     "sum(orderCompleted, 90d) > 1.25 * (sum(orderCompleted, 180d) - sum(orderCompleted, 90d)) "
     "and count(orderCompleted, 180d) >= 3",
     "Spent a quarter more in the last 90 days than in the 90 before."},
    {"account_shrinking", "Shrinking account", kAccount,
     "sum(orderCompleted, 90d) < 0.75 * (sum(orderCompleted, 180d) - sum(orderCompleted, 90d)) "
     "and count(orderCompleted, 180d) >= 2",
     "Spent a quarter less in the last 90 days than in the 90 before."},
    {"account_due_to_reorder", "Account due to reorder", kAccount,
     "order_days >= 3 and last_order >= 0.9 * interval", "Its usual time between orders is over."},
    {"account_high_potential", "High-potential account", kAccount,
     "count(productViewed, 30d) >= 20 and products(productViewed, 30d) >= 10 and "
     "(orders = 0 or value_percentile < 50)",
     "Looks at much and buys little so far."},
    {"ready_to_upgrade", "Ready to upgrade", kPerson,
     "subscriptions >= 1 and count(subscriptionRenewed, 180d) >= 3 and "
     "count(tracked, 14d) >= 10",
     "A subscriber of some months who uses the product much."},
    {"needs_onboarding", "Needs onboarding help", kPerson,
     "count(subscriptionStarted, 30d) >= 1 and last(subscriptionStarted) >= 3d and "
     "count(tracked, 7d) <= 1 and count(productViewed, 7d) <= 1",
     "Subscribed lately and does little."},
    {"at_risk_of_cancelling", "At risk of cancelling", kPerson,
     "subscriptions >= 1 and (count(subscriptionSkipped, 60d) + count(subscriptionPaused, 60d) >= "
     "2 "
     "or count(subscriptionPaymentFailed, 30d) >= 2 or last_seen >= 45d)",
     "A subscriber who skips, pauses, fails to pay or has gone quiet."},
});

}  // namespace

std::span<const ReadySegment> ready_segments() { return kReady; }

}  // namespace souk::segmentation
