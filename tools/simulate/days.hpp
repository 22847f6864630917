// What happens at midnight: yesterday's demand is counted, the calendar turns, products come, go
// and are reduced, people decide whether they will visit. Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/simulate/random.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/stock.hpp"

namespace souk::simulate {

class Days {
 public:
  /// Plans the stock of every product.
  Days(Shop& shop, Stock& stock);

  /// Turns the calendar to the day that begins at `now`.
  void begin(std::int64_t now);
  /// The first day: writes the assortment, the stock and the customers of before.
  void open(std::int64_t now);
  /// Launches, delistings, and on Mondays the week's reductions.
  void change_assortment(std::int64_t now);
  void plan_visits();
  /// Hands the day's demand to the ground truth.
  void tell_demand();

 private:
  void change_prices(std::int64_t now);
  void replace_people();
  void plan_visit(std::uint32_t shopper);

  Shop& shop_;
  Stock& stock_;
  std::vector<AliasTable> hours_;  ///< by whole hours of shift, from -kMaxShift to kMaxShift
  std::uint32_t replaced_up_to_ = 0;
};

}  // namespace souk::simulate
