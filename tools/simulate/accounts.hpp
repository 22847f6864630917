// Two companies that buy: contacts, agreed prices, and orders that come back with the regularity of
// an office. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/simulate/orders.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/stock.hpp"

namespace souk::simulate {

/// What an account buys again and again. The ground truth tells interval and quantity.
struct StandingNeed {
  std::uint32_t product = 0;
  int variant = 0;
  int interval_days = 14;
  int quantity = 10;
  int next_day = 0;
};

struct BusinessAccount {
  std::string id;
  std::string name;
  std::string industry;
  std::string price_list_id;
  double discount = 0.15;               ///< on the agreed products
  std::vector<std::uint32_t> contacts;  ///< shopper indices
  std::vector<StandingNeed> needs;
  // The order that is being put together.
  bool busy = false;
  std::uint32_t buyer = 0;
  std::size_t cursor = 0;
  std::uint64_t order_number = 0;
  std::uint32_t visits = 0;
  std::vector<Line> basket;
};

class Accounts {
 public:
  Accounts(Shop& shop, Stock& stock, Orders& orders);

  /// Writes accounts, contacts and price lists.
  void open(std::int64_t now);
  /// Looks what is due today.
  void plan_day();
  void step(std::uint32_t account, std::int64_t now);

  [[nodiscard]] const std::vector<BusinessAccount>& accounts() const noexcept { return accounts_; }

 private:
  void found(std::string id, std::string name, std::string industry,
             std::span<const std::string_view> leaves, int contacts);
  [[nodiscard]] std::int64_t agreed_price(const BusinessAccount& account, std::uint32_t product,
                                          int variant) const;

  Shop& shop_;
  Stock& stock_;
  Orders& orders_;
  std::vector<BusinessAccount> accounts_;
};

}  // namespace souk::simulate
