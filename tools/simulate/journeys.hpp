// Visits: a person comes with something in mind, looks, compares, perhaps buys.
//
// A visit is a small state machine that the clock steps: each step writes what happens at that
// moment and decides what comes next and when. So visits of many people interleave as they do in a
// real shop, and stock that one takes is gone for the other. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/simulate/orders.hpp"
#include "tools/simulate/shop.hpp"

namespace souk::simulate {

/// Why somebody comes.
enum class Entry : std::uint8_t {
  browse,      ///< on their own
  refill,      ///< something ran out at home
  email,       ///< clicked in a message about products
  email_cart,  ///< clicked in a message about the cart they left
};

/// What Due::visit carries: the entry and the product in mind (-1: none) in one number.
[[nodiscard]] constexpr std::uint32_t visit_code(Entry entry, int wanted) noexcept {
  return static_cast<std::uint32_t>(entry) | (static_cast<std::uint32_t>(wanted + 1) << 8);
}
[[nodiscard]] constexpr Entry entry_of(std::uint32_t code) noexcept {
  return static_cast<Entry>(code & 0xff);
}
[[nodiscard]] constexpr int wanted_of(std::uint32_t code) noexcept {
  return static_cast<int>(code >> 8) - 1;
}

/// Called when a visit ends with things left in the cart.
class AbandonedCarts {
 public:
  virtual ~AbandonedCarts() = default;
  virtual void cart_left(std::uint32_t shopper, std::int64_t now) = 0;
  /// Somebody left an address and agreed to be written to.
  virtual void signed_up(std::uint32_t shopper, std::int64_t now) = 0;
};

class Journeys {
 public:
  Journeys(Shop& shop, Orders& orders, AbandonedCarts& carts)
      : shop_(shop), orders_(orders), carts_(carts) {}

  /// Starts a visit unless the person is in one, has left for good or has not come yet. `wanted` is
  /// the product in mind, -1 for none.
  void start(std::uint32_t shopper, Entry entry, int wanted, std::int64_t now);
  void step(std::uint32_t session, std::int64_t now);

 private:
  enum class Action : std::uint8_t {
    home,
    promotion,
    search,
    list,
    filter,
    click,
    view,
    wishlist,
    add,
    cart,
    remove,
    coupon,
    checkout,
    contact_step,
    contact_done,
    payment_step,
    payment,
    order,
    leave,
  };
  static constexpr std::size_t kShown = 12;

  struct Session {
    std::uint32_t shopper = 0;
    Entry entry = Entry::browse;
    Action next = Action::home;
    int pages_left = 0;
    int leaf = 0;
    int wanted = -1;      ///< what the person came for
    int current = -1;     ///< product in view or about to be
    int variant = -1;     ///< chosen form of it
    int partner_of = -1;  ///< current goes with this product, which is in the cart
    int position = 0;
    std::string_view list;  ///< list from which current was clicked
    std::array<std::uint32_t, kShown> shown{};
    std::size_t shown_count = 0;
    bool searched = false;
    bool added = false;
    bool searching_list = false;
    bool tried_coupon = false;
    int pages = 0;
    int discount_percent = 0;
    std::uint64_t order_number = 0;
    std::string person_id;
    std::string session_id;
    std::string cart_id;
    std::string checkout_id;
  };

  // journeys.cpp: coming, going, and the walk from page to page.
  std::uint32_t take_slot();
  void choose_mission(Session& session);
  void finish(std::uint32_t index, Session& session, std::int64_t now);
  bool act(Session& session, std::int64_t now);
  [[nodiscard]] double pause_seconds(const Session& session);
  [[nodiscard]] Moment at(const Session& session, std::int64_t now) const;
  [[nodiscard]] int choose_leaf(const Shopper& shopper);
  void view(Session& session, std::int64_t now);
  void walk(Session& session);
  void go_to(Session& session, int product, std::string_view list, int position, Action how);
  [[nodiscard]] int best_of(const Shopper& shopper, int leaf, int draws);
  [[nodiscard]] int similar_to(const Shopper& shopper, const Product& product);
  [[nodiscard]] Line line_of(const Session& session, int quantity) const;

  // storefront.cpp: home page, search, lists.
  void show_home(Session& session, std::int64_t now);
  void show_promotion(Session& session, std::int64_t now);
  void run_search(Session& session, std::int64_t now);
  void fill_list(Session& session);
  void show_list(Session& session, std::int64_t now);
  void filter_list(Session& session, std::int64_t now);
  void click_in_list(Session& session);

  // checkout.cpp: from the wish to have to the order.
  [[nodiscard]] double add_probability(const Session& session, const Shopper& shopper,
                                       const Product& product) const;
  [[nodiscard]] int choose_variant(const Shopper& shopper, const Product& product);
  void add(Session& session, std::int64_t now);
  void plan_partner(Session& session);
  void show_cart(Session& session, std::int64_t now);
  void remove_line(Session& session, std::int64_t now);
  void try_coupon(Session& session, std::int64_t now);
  void start_checkout(Session& session, std::int64_t now);
  void finish_contact(Session& session, std::int64_t now);
  void enter_payment(Session& session, std::int64_t now);
  void place_order(Session& session, std::int64_t now);
  [[nodiscard]] std::vector<Line> cart_lines(const Shopper& shopper);
  void identify(Session& session, std::int64_t now);

  Shop& shop_;
  Orders& orders_;
  AbandonedCarts& carts_;
  std::vector<Session> sessions_;
  std::vector<std::uint32_t> free_;
};

}  // namespace souk::simulate
