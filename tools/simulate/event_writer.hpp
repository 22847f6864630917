// Turns what happens in the simulated shop into lines of JSON: Protobuf's JSON mapping of
// souk.v1.Event.
//
// All names of the schema stand in event_writer.cpp and entity_writer.cpp, and nowhere else. A line
// ends with '\n'. Without a sink nothing is formatted, but events are counted and ids go on, so
// that a simulation can be run forward quickly and continue as if it had been written. Not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tools/simulate/catalog.hpp"
#include "tools/simulate/json_text.hpp"
#include "tools/simulate/settings.hpp"

namespace souk::simulate {

/// Receives one event at a time, in time order. The view is valid until the call returns.
using EventSink = std::function<void(std::string_view json_event_line)>;

enum class Channel : std::uint8_t { web, app, email, api };

/// The envelope's part of an event: when, who, where.
struct Moment {
  std::int64_t time_us = 0;
  std::string_view shopper_id;
  std::string_view session_id;
  std::string_view account_id;
  std::string_view anonymous_id;
  Channel channel = Channel::web;
};

/// A product in a list, a cart or an order. Prices in minor units.
struct Line {
  std::uint32_t product = 0;
  int variant = -1;
  int quantity = 0;  ///< 0: left out
  std::int64_t unit_price = 0;
  int position = 0;  ///< from 1; 0: left out
};

/// Sums in minor units.
struct OrderText {
  std::string_view order_id;
  std::string_view checkout_id;
  std::string_view cart_id;
  std::string_view coupon;
  std::string_view payment_method;
  std::string_view reason;
  std::span<const Line> lines;
  std::int64_t subtotal = 0;
  std::int64_t discount = 0;
  std::int64_t shipping = 0;
  std::int64_t tax = 0;
  std::int64_t total = 0;
};

struct CustomerText {
  std::string_view id;
  std::string_view name;
  std::string_view email;
  std::string_view account_id;
  std::string_view anonymous_id;
  bool consent = false;
  std::int64_t created_us = 0;
};

struct AccountText {
  std::string_view id;
  std::string_view name;
  std::string_view industry;
  std::string_view price_list_id;
  std::span<const std::string> contact_ids;
  std::int64_t created_us = 0;
};

struct MessageText {
  std::string_view message_id;
  std::string_view flow;
  std::string_view subject;
  std::span<const std::uint32_t> products;
};

struct SubscriptionText {
  std::string_view id;
  std::span<const Line> lines;
  int interval_days = 0;
  std::int64_t next_charge_us = 0;
  std::int64_t price = 0;
  std::string_view order_id;
  int number = 0;
  std::string_view reason;
};

struct ReturnText {
  std::string_view return_id;
  std::string_view order_id;
  Line line;
  std::string_view reason;
  bool resalable = true;
};

/// What kinds of events there are, for counting. The order is that of event_kind_name().
enum class EventKind : std::uint8_t {
  product_upserted,
  inventory_set,
  customer_upserted,
  account_upserted,
  price_list_set,
  page_viewed,
  identified,
  promotion_viewed,
  promotion_clicked,
  products_searched,
  product_list_viewed,
  product_list_filtered,
  product_clicked,
  product_viewed,
  product_added,
  product_removed,
  product_added_to_wishlist,
  cart_viewed,
  checkout_started,
  checkout_step_viewed,
  checkout_step_completed,
  payment_info_entered,
  coupon_entered,
  coupon_applied,
  coupon_denied,
  order_completed,
  order_cancelled,
  order_shipped,
  order_delivered,
  return_requested,
  product_returned,
  order_refunded,
  product_reviewed,
  message_sent,
  message_delivered,
  message_bounced,
  message_opened,
  message_clicked,
  message_marked_as_spam,
  subscribed,
  unsubscribed,
  subscription_started,
  subscription_renewed,
  subscription_skipped,
  subscription_paused,
  subscription_resumed,
  subscription_payment_failed,
  subscription_cancelled,
};
inline constexpr std::size_t kEventKinds =
    static_cast<std::size_t>(EventKind::subscription_cancelled) + 1;
/// The payload's name in JSON: "productViewed".
[[nodiscard]] std::string_view event_kind_name(EventKind kind) noexcept;

class EventWriter {
 public:
  EventWriter(const SimulationSettings& settings, const Catalog& catalog);

  /// The sink must outlive its use; nullptr: count only.
  void set_sink(const EventSink* sink) noexcept { sink_ = sink; }
  [[nodiscard]] std::uint64_t count(EventKind kind) const noexcept;
  [[nodiscard]] std::uint64_t total() const noexcept { return sequence_; }

  void product_upserted(const Moment& moment, std::uint32_t product);
  void inventory_set(const Moment& moment, std::uint32_t product, int variant);
  void customer_upserted(const Moment& moment, const CustomerText& customer);
  void account_upserted(const Moment& moment, const AccountText& account);
  void price_list_set(const Moment& moment, std::string_view id, std::string_view name,
                      std::span<const Line> entries, double discount_percent);

  void page_viewed(const Moment& moment, std::string_view name, std::string_view path);
  void identified(const Moment& moment, std::string_view email);
  void promotion(const Moment& moment, bool clicked, std::string_view id, std::string_view name);
  void products_searched(const Moment& moment, std::string_view query, int results,
                         std::string_view query_id);
  void product_list_viewed(const Moment& moment, std::string_view list_id,
                           std::string_view category, std::span<const Line> lines);
  void product_list_filtered(const Moment& moment, std::string_view list_id,
                             std::string_view category, std::string_view type,
                             std::string_view value, std::span<const Line> lines);
  void product_clicked(const Moment& moment, const Line& line, std::string_view list_id);
  void product_viewed(const Moment& moment, const Line& line);
  void product_added(const Moment& moment, const Line& line, std::string_view cart_id);
  void product_removed(const Moment& moment, const Line& line, std::string_view cart_id);
  void product_added_to_wishlist(const Moment& moment, const Line& line,
                                 std::string_view wishlist_id);
  void cart_viewed(const Moment& moment, std::string_view cart_id, std::span<const Line> lines);

  void checkout_started(const Moment& moment, const OrderText& order);
  void checkout_step(const Moment& moment, bool completed, std::string_view checkout_id, int step,
                     std::string_view shipping_method, std::string_view payment_method);
  void payment_info_entered(const Moment& moment, const OrderText& order);
  void coupon(const Moment& moment, EventKind kind, std::string_view cart_id, std::string_view code,
              std::int64_t discount, std::string_view reason);
  void order_completed(const Moment& moment, const OrderText& order);
  void order_cancelled(const Moment& moment, const OrderText& order);
  void order_refunded(const Moment& moment, const OrderText& order);
  void order_shipped(const Moment& moment, std::string_view order_id, std::int64_t expected_us);
  void order_delivered(const Moment& moment, std::string_view order_id);
  void return_requested(const Moment& moment, const ReturnText& text);
  void product_returned(const Moment& moment, const ReturnText& text);
  void product_reviewed(const Moment& moment, std::uint32_t product, std::string_view review_id,
                        int stars, std::string_view body);

  void message_sent(const Moment& moment, const MessageText& message);
  /// delivered, bounced, opened, clicked or marked as spam; `detail` is the bounce's reason or the
  /// URL.
  void message_event(const Moment& moment, EventKind kind, const MessageText& message,
                     std::string_view detail, bool flag);
  void consent(const Moment& moment, bool given, std::string_view topic, std::string_view detail);
  /// Any of the subscription_* kinds.
  void subscription(const Moment& moment, EventKind kind, const SubscriptionText& text);

 private:
  /// Counts; true when the event must be formatted, with the envelope written and the payload open.
  bool begin(const Moment& moment, EventKind kind);
  void end();
  void product_fields(const Line& line, bool names);
  void lines(std::span<const Line> list, bool names);
  void order_fields(const OrderText& order);
  void price(std::string_view key, std::int64_t minor_units);
  void price_range(std::string_view key, std::int64_t low, std::int64_t high);
  void product_body(const Product& product, std::int64_t now_us);
  void product_options(const Product& product);
  void product_variants(const Product& product);
  void availability(bool available, bool discontinued);

  const Catalog& catalog_;
  std::string currency_;
  std::string id_prefix_;
  const EventSink* sink_ = nullptr;
  JsonText json_;
  std::uint64_t sequence_ = 0;
  std::array<std::uint64_t, kEventKinds> counts_{};
};

}  // namespace souk::simulate
