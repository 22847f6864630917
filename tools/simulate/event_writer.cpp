// Names of souk.v1's events, in Protobuf's JSON mapping.
#include "tools/simulate/event_writer.hpp"

#include <charconv>

namespace souk::simulate {
namespace {

constexpr std::string_view kNames[kEventKinds] = {
    "productUpserted",
    "inventorySet",
    "customerUpserted",
    "accountUpserted",
    "priceListSet",
    "pageViewed",
    "identified",
    "promotionViewed",
    "promotionClicked",
    "productsSearched",
    "productListViewed",
    "productListFiltered",
    "productClicked",
    "productViewed",
    "productAdded",
    "productRemoved",
    "productAddedToWishlist",
    "cartViewed",
    "checkoutStarted",
    "checkoutStepViewed",
    "checkoutStepCompleted",
    "paymentInfoEntered",
    "couponEntered",
    "couponApplied",
    "couponDenied",
    "orderCompleted",
    "orderCancelled",
    "orderShipped",
    "orderDelivered",
    "returnRequested",
    "productReturned",
    "orderRefunded",
    "productReviewed",
    "messageSent",
    "messageDelivered",
    "messageBounced",
    "messageOpened",
    "messageClicked",
    "messageMarkedAsSpam",
    "subscribed",
    "unsubscribed",
    "subscriptionStarted",
    "subscriptionRenewed",
    "subscriptionSkipped",
    "subscriptionPaused",
    "subscriptionResumed",
    "subscriptionPaymentFailed",
    "subscriptionCancelled",
};
constexpr std::string_view kChannels[] = {"WEB", "APP", "EMAIL", "API"};

}  // namespace

std::string_view event_kind_name(EventKind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

EventWriter::EventWriter(const SimulationSettings& settings, const Catalog& catalog)
    : catalog_(catalog),
      currency_(settings.currency),
      id_prefix_("sim-" + std::to_string(settings.seed) + "-") {}

std::uint64_t EventWriter::count(EventKind kind) const noexcept {
  return counts_[static_cast<std::size_t>(kind)];
}

bool EventWriter::begin(const Moment& moment, EventKind kind) {
  ++counts_[static_cast<std::size_t>(kind)];
  ++sequence_;
  if (sink_ == nullptr) return false;
  char id[64];
  id_prefix_.copy(id, id_prefix_.size());
  const auto end = std::to_chars(id + id_prefix_.size(), id + sizeof(id), sequence_).ptr;
  json_.clear();
  json_.open_object();
  json_.string("id", {id, static_cast<std::size_t>(end - id)});
  json_.time("time", moment.time_us);
  json_.string_if("shopperId", moment.shopper_id);
  json_.string_if("sessionId", moment.session_id);
  json_.string_if("accountId", moment.account_id);
  json_.string_if("anonymousId", moment.anonymous_id);
  json_.string("channel", kChannels[static_cast<std::size_t>(moment.channel)]);
  json_.open_object(event_kind_name(kind));
  return true;
}

void EventWriter::end() {
  json_.close_object();
  json_.close_object();
  json_.newline();
  (*sink_)(json_.text());
}

void EventWriter::product_fields(const Line& line, bool names) {
  const Product& product = catalog_.products()[line.product];
  json_.string("productId", product.id);
  if (line.variant >= 0 && product.has_variants()) {
    const Variant& variant = product.variants[static_cast<std::size_t>(line.variant)];
    json_.string("variantId", variant.id);
    if (names) json_.string("sku", variant.id);
  }
  if (names) {
    json_.string("category", catalog_.leaf_category(product.leaf).path);
    json_.string("name", product.title);
    json_.string("brand", catalog_.brands()[product.brand].name);
  }
  if (line.unit_price > 0) json_.money("price", line.unit_price);
  if (line.quantity > 0) json_.integer("quantity", line.quantity);
  if (line.position > 0) json_.integer("position", line.position);
}

void EventWriter::lines(std::span<const Line> list, bool names) {
  json_.open_array("products");
  for (const Line& line : list) {
    json_.open_object();
    product_fields(line, names);
    json_.close_object();
  }
  json_.close_array();
}

void EventWriter::page_viewed(const Moment& moment, std::string_view name, std::string_view path) {
  if (!begin(moment, EventKind::page_viewed)) return;
  json_.string("name", name);
  json_.open_object("properties");
  json_.string("path", path);
  json_.close_object();
  end();
}

void EventWriter::identified(const Moment& moment, std::string_view email) {
  if (!begin(moment, EventKind::identified)) return;
  json_.open_object("traits");
  json_.string("email", email);
  json_.close_object();
  end();
}

void EventWriter::promotion(const Moment& moment, bool clicked, std::string_view id,
                            std::string_view name) {
  if (!begin(moment, clicked ? EventKind::promotion_clicked : EventKind::promotion_viewed)) return;
  json_.string("promotionId", id);
  json_.string("name", name);
  json_.string("position", "home-hero");
  end();
}

void EventWriter::products_searched(const Moment& moment, std::string_view query, int results,
                                    std::string_view query_id) {
  if (!begin(moment, EventKind::products_searched)) return;
  json_.string("query", query);
  json_.integer("results", results);
  json_.string("queryId", query_id);
  end();
}

void EventWriter::product_list_viewed(const Moment& moment, std::string_view list_id,
                                      std::string_view category, std::span<const Line> list) {
  if (!begin(moment, EventKind::product_list_viewed)) return;
  json_.string("listId", list_id);
  json_.string_if("category", category);
  lines(list, false);
  end();
}

void EventWriter::product_list_filtered(const Moment& moment, std::string_view list_id,
                                        std::string_view category, std::string_view type,
                                        std::string_view value, std::span<const Line> list) {
  if (!begin(moment, EventKind::product_list_filtered)) return;
  json_.string("listId", list_id);
  json_.string_if("category", category);
  json_.open_array(type == "sort" ? "sorts" : "filters");
  json_.open_object();
  json_.string("type", type == "sort" ? "price" : type);
  json_.string("value", value);
  json_.close_object();
  json_.close_array();
  lines(list, false);
  end();
}

void EventWriter::product_clicked(const Moment& moment, const Line& line,
                                  std::string_view list_id) {
  if (!begin(moment, EventKind::product_clicked)) return;
  product_fields(line, false);
  json_.string_if("listId", list_id);
  end();
}

void EventWriter::product_viewed(const Moment& moment, const Line& line) {
  if (!begin(moment, EventKind::product_viewed)) return;
  product_fields(line, true);
  json_.string("currency", currency_);
  end();
}

void EventWriter::product_added(const Moment& moment, const Line& line, std::string_view cart_id) {
  if (!begin(moment, EventKind::product_added)) return;
  product_fields(line, true);
  json_.string("cartId", cart_id);
  json_.string("currency", currency_);
  end();
}

void EventWriter::product_removed(const Moment& moment, const Line& line,
                                  std::string_view cart_id) {
  if (!begin(moment, EventKind::product_removed)) return;
  product_fields(line, false);
  json_.string("cartId", cart_id);
  json_.string("currency", currency_);
  end();
}

void EventWriter::product_added_to_wishlist(const Moment& moment, const Line& line,
                                            std::string_view wishlist_id) {
  if (!begin(moment, EventKind::product_added_to_wishlist)) return;
  product_fields(line, true);
  json_.string("wishlistId", wishlist_id);
  end();
}

void EventWriter::cart_viewed(const Moment& moment, std::string_view cart_id,
                              std::span<const Line> list) {
  if (!begin(moment, EventKind::cart_viewed)) return;
  json_.string("cartId", cart_id);
  lines(list, false);
  json_.string("currency", currency_);
  end();
}

void EventWriter::order_fields(const OrderText& order) {
  json_.string("orderId", order.order_id);
  if (!order.lines.empty()) lines(order.lines, true);
  json_.money("total", order.total);
  if (order.subtotal > 0) json_.money("subtotal", order.subtotal);
  if (order.shipping > 0) json_.money("shipping", order.shipping);
  if (order.tax > 0) json_.money("tax", order.tax);
  if (order.discount > 0) json_.money("discount", order.discount);
  json_.string_if("coupon", order.coupon);
  json_.string("currency", currency_);
  json_.string_if("checkoutId", order.checkout_id);
}

void EventWriter::checkout_started(const Moment& moment, const OrderText& order) {
  if (!begin(moment, EventKind::checkout_started)) return;
  json_.string("orderId", order.order_id);
  lines(order.lines, true);
  json_.money("value", order.total);
  json_.money("revenue", order.subtotal);
  if (order.shipping > 0) json_.money("shipping", order.shipping);
  if (order.discount > 0) json_.money("discount", order.discount);
  json_.string_if("coupon", order.coupon);
  json_.string("currency", currency_);
  json_.string("checkoutId", order.checkout_id);
  json_.string_if("cartId", order.cart_id);
  end();
}

void EventWriter::checkout_step(const Moment& moment, bool completed, std::string_view checkout_id,
                                int step, std::string_view shipping_method,
                                std::string_view payment_method) {
  const auto kind =
      completed ? EventKind::checkout_step_completed : EventKind::checkout_step_viewed;
  if (!begin(moment, kind)) return;
  json_.string("checkoutId", checkout_id);
  json_.integer("step", step);
  json_.string_if("shippingMethod", shipping_method);
  json_.string_if("paymentMethod", payment_method);
  end();
}

void EventWriter::payment_info_entered(const Moment& moment, const OrderText& order) {
  if (!begin(moment, EventKind::payment_info_entered)) return;
  json_.string("checkoutId", order.checkout_id);
  json_.integer("step", 2);
  json_.string("paymentMethod", order.payment_method);
  json_.string("orderId", order.order_id);
  end();
}

void EventWriter::coupon(const Moment& moment, EventKind kind, std::string_view cart_id,
                         std::string_view code, std::int64_t discount, std::string_view reason) {
  if (!begin(moment, kind)) return;
  json_.string("cartId", cart_id);
  json_.string("couponId", code);
  json_.string("couponName", code);
  if (discount > 0) json_.money("discount", discount);
  json_.string_if("reason", reason);
  end();
}

void EventWriter::order_completed(const Moment& moment, const OrderText& order) {
  if (!begin(moment, EventKind::order_completed)) return;
  order_fields(order);
  json_.money("revenue", order.subtotal - order.discount);
  json_.string("paymentMethod", order.payment_method);
  end();
}

void EventWriter::order_cancelled(const Moment& moment, const OrderText& order) {
  if (!begin(moment, EventKind::order_cancelled)) return;
  order_fields(order);
  json_.string("reason", order.reason);
  end();
}

void EventWriter::order_refunded(const Moment& moment, const OrderText& order) {
  if (!begin(moment, EventKind::order_refunded)) return;
  order_fields(order);
  json_.string("reason", order.reason);
  end();
}

void EventWriter::order_shipped(const Moment& moment, std::string_view order_id,
                                std::int64_t expected_us) {
  if (!begin(moment, EventKind::order_shipped)) return;
  json_.string("orderId", order_id);
  json_.string("carrier", "parcel");
  json_.time("expectedAt", expected_us);
  end();
}

void EventWriter::order_delivered(const Moment& moment, std::string_view order_id) {
  if (!begin(moment, EventKind::order_delivered)) return;
  json_.string("orderId", order_id);
  end();
}

void EventWriter::product_reviewed(const Moment& moment, std::uint32_t product,
                                   std::string_view review_id, int stars, std::string_view body) {
  if (!begin(moment, EventKind::product_reviewed)) return;
  json_.string("productId", catalog_.products()[product].id);
  json_.string("reviewId", review_id);
  json_.string("reviewBody", body);
  json_.integer("rating", stars);
  json_.integer("ratingMax", 5);
  end();
}

}  // namespace souk::simulate
