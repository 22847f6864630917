// From an order to what follows it: shipping, delivery, cancelling, returns with their reasons,
// reviews, and the consumables that run out at home. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/simulate/shop.hpp"
#include "tools/simulate/stock.hpp"

namespace souk::simulate {

/// What an order is placed with. Lines that are out of stock are left out.
struct OrderRequest {
  std::uint32_t shopper = 0;
  std::uint64_t number = 0;  ///< from reserve_number()
  std::string_view session_id;
  std::string_view account_id;
  std::string_view checkout_id;
  std::string_view coupon;
  std::string_view payment_method;
  int discount_percent = 0;
  std::span<const Line> lines;
  Channel channel = Channel::web;
  bool subscription = false;
};

/// Asked at each consumable that somebody bought: true when the person subscribes to it from then
/// on, so that it is not bought again by hand.
class SubscriptionOffer {
 public:
  virtual ~SubscriptionOffer() = default;
  virtual bool subscribe(std::uint32_t shopper, const Line& line, std::string_view order_id,
                         std::int64_t now) = 0;
};

class Orders {
 public:
  Orders(Shop& shop, Stock& stock) : shop_(shop), stock_(stock) {}

  void set_offer(SubscriptionOffer* offer) noexcept { offer_ = offer; }
  /// The number of an order that is about to be placed. A checkout that is not finished uses one
  /// up.
  [[nodiscard]] std::uint64_t reserve_number() noexcept { return shop_.next_order++; }
  /// Writes OrderCompleted and plans what follows. False when nothing of it was in stock.
  bool place(const OrderRequest& request, std::int64_t now);

  void cancel(std::uint32_t open_order, std::int64_t now);
  void ship(std::uint32_t open_order, std::int64_t now);
  void deliver(std::uint32_t open_order, std::int64_t now);
  void request_return(std::uint32_t open_order, std::uint32_t line, std::int64_t now);
  void take_return(std::uint32_t open_order, std::uint32_t line, std::int64_t now);
  void review(std::uint32_t open_order, std::uint32_t line, std::int64_t now);

  /// A person bought a consumable: from now on it runs out at home.
  void plan_refill(std::uint32_t shopper, const Line& line, std::int64_t now);

 private:
  struct OpenOrder {
    std::uint64_t number = 0;
    std::uint32_t shopper = 0;
    std::uint16_t generation = 0;
    int discount_percent = 0;
    int follow_ups = 0;  ///< what is still due; at 0 the slot is free
    std::string account_id;
    std::vector<Line> lines;
    std::vector<std::string_view> return_reasons;
  };

  [[nodiscard]] std::vector<Line> lines_in_stock(const OrderRequest& request);
  void tally(const OrderRequest& request, std::span<const Line> lines, std::int64_t total);
  void plan_consumables(const OrderRequest& request, std::span<const Line> lines,
                        std::string_view order_id, std::int64_t now);
  std::uint32_t keep(const OrderRequest& request, std::vector<Line> lines);
  void release(std::uint32_t open_order);
  [[nodiscard]] Moment moment(const OpenOrder& order, std::int64_t now, Channel channel);
  /// Empty when the line stays with its buyer.
  [[nodiscard]] std::string_view return_reason(const OpenOrder& order, const Line& line);

  Shop& shop_;
  Stock& stock_;
  SubscriptionOffer* offer_ = nullptr;
  std::vector<OpenOrder> open_;
  std::vector<std::uint32_t> free_;
  std::string person_;  ///< the id that the last moment() points to
};

/// The id that orders carry: "o-1042".
[[nodiscard]] std::string order_id(std::uint64_t number);

}  // namespace souk::simulate
