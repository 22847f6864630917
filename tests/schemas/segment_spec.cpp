#include "tests/schemas/segment_spec.hpp"

namespace souk::schemas_test {
namespace {

using Names = std::vector<std::string>;

/// The properties that the spec gives to every product, and others after them.
Names product_and(const Names& more = {}) {
  Names names = {"product_id", "sku",      "category", "name",     "brand", "variant",
                 "price",      "quantity", "coupon",   "position", "url",   "image_url"};
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

const Names kPromotion = {"promotion_id", "creative", "name", "position"};
const Names kStep = {"checkout_id", "step", "shipping_method", "payment_method"};
const Names kCoupon = {"order_id", "cart_id", "coupon_id", "coupon_name", "discount"};
const Names kOrder = {"order_id", "affiliation", "total",  "revenue",  "shipping",
                      "tax",      "discount",    "coupon", "currency", "products"};
const Names kMessage = {"message_id"};

}  // namespace

const std::vector<SegmentEvent>& segment_events() {
  static const std::vector<SegmentEvent> kEvents = {
      {"Products Searched", "products_searched", {"query"}},
      {"Product List Viewed", "product_list_viewed", {"list_id", "category", "products"}},
      {"Product List Filtered",
       "product_list_filtered",
       {"list_id", "category", "filters", "sorts", "products"}},
      {"Promotion Viewed", "promotion_viewed", kPromotion},
      {"Promotion Clicked", "promotion_clicked", kPromotion},
      {"Product Clicked", "product_clicked", product_and()},
      {"Product Viewed", "product_viewed", product_and({"currency", "value"})},
      {"Product Added", "product_added", product_and({"cart_id"})},
      {"Product Removed", "product_removed", product_and({"cart_id"})},
      {"Cart Viewed", "cart_viewed", {"cart_id", "products"}},
      {"Checkout Started",
       "checkout_started",
       {"order_id", "affiliation", "value", "revenue", "shipping", "tax", "discount", "coupon",
        "currency", "products"}},
      {"Checkout Step Viewed", "checkout_step_viewed", kStep},
      {"Checkout Step Completed", "checkout_step_completed", kStep},
      {"Payment Info Entered",
       "payment_info_entered",
       {"checkout_id", "order_id", "step", "shipping_method", "payment_method"}},
      {"Order Completed",
       "order_completed",
       {"checkout_id", "order_id", "affiliation", "subtotal", "total", "revenue", "shipping", "tax",
        "discount", "coupon", "currency", "products"}},
      {"Order Updated", "order_updated", kOrder},
      {"Order Cancelled", "order_cancelled", kOrder},
      {"Order Refunded", "order_refunded", {"order_id", "total", "currency", "products"}},
      {"Coupon Entered", "coupon_entered", {"order_id", "cart_id", "coupon_id"}},
      {"Coupon Applied", "coupon_applied", kCoupon},
      {"Coupon Denied",
       "coupon_denied",
       {"order_id", "cart_id", "coupon_id", "coupon_name", "reason"}},
      {"Coupon Removed", "coupon_removed", kCoupon},
      {"Product Added to Wishlist", "product_added_to_wishlist",
       product_and({"wishlist_id", "wishlist_name"})},
      {"Product Removed from Wishlist", "product_removed_from_wishlist",
       product_and({"wishlist_id", "wishlist_name"})},
      {"Wishlist Product Added to Cart", "wishlist_product_added_to_cart",
       product_and({"wishlist_id", "wishlist_name", "cart_id"})},
      {"Product Shared", "product_shared",
       product_and({"share_via", "share_message", "recipient"})},
      {"Cart Shared",
       "cart_shared",
       {"share_via", "share_message", "recipient", "cart_id", "products"}},
      {"Product Reviewed",
       "product_reviewed",
       {"product_id", "review_id", "review_body", "rating"}},
      {"Email Delivered", "message_delivered", kMessage},
      {"Email Opened", "message_opened", kMessage},
      {"Email Link Clicked", "message_clicked", kMessage},
      {"Email Bounced", "message_bounced", kMessage},
      {"Email Marked as Spam", "message_marked_as_spam", kMessage},
      {"Unsubscribed", "unsubscribed", kMessage},
  };
  return kEvents;
}

}  // namespace souk::schemas_test
