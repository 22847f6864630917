// The state that all parts of the simulated shop share: assortment, people, clock, writer, tallies.
//
// Parts (stock, journeys, orders, messages, accounts, subscriptions) hold a reference to it and to
// the parts they use; Simulation owns them all. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/simulate/catalog.hpp"
#include "tools/simulate/event_queue.hpp"
#include "tools/simulate/event_writer.hpp"
#include "tools/simulate/population.hpp"
#include "tools/simulate/random.hpp"
#include "tools/simulate/season.hpp"
#include "tools/simulate/settings.hpp"
#include "tools/simulate/truth.hpp"

namespace souk::simulate {

/// Counts that events alone do not tell. Private people only; business is counted apart.
struct Tallies {
  std::uint64_t sessions = 0;
  std::uint64_t bounced_sessions = 0;  ///< one page
  std::uint64_t searching_sessions = 0;
  std::uint64_t cart_sessions = 0;  ///< something was put into the cart
  std::uint64_t order_sessions = 0;
  std::uint64_t anonymous_sessions = 0;
  std::uint64_t orders = 0;
  std::uint64_t order_units = 0;
  std::int64_t order_value = 0;  ///< minor units
  std::uint64_t first_orders = 0;
  std::uint64_t business_orders = 0;
  std::uint64_t subscription_orders = 0;
  std::uint64_t typo_searches = 0;
  std::uint64_t sold_lines = 0;
  std::uint64_t returned_lines = 0;
  std::uint64_t worn_lines = 0;  ///< clothes and shoes
  std::uint64_t returned_worn_lines = 0;
  std::uint64_t lost_units = 0;
  std::uint64_t stockouts = 0;  ///< a variant fell to zero
  std::uint64_t held_back_messages = 0;
};

struct Shop {
  explicit Shop(const SimulationSettings& chosen);
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  SimulationSettings settings;
  Catalog catalog;
  Population population;
  EventWriter writer;
  EventQueue queue;
  Random random;
  TruthSink* truth = nullptr;
  Tallies tallies;

  int day = 0;
  Calendar calendar;
  std::vector<double> season;             ///< by leaf, for today
  std::vector<std::uint32_t> sold_today;  ///< units by product
  std::vector<std::uint32_t> lost_today;
  std::uint64_t next_order = 1;

  [[nodiscard]] std::int64_t day_start(int index) const noexcept {
    return settings.start_us + index * kDayUs;
  }
  [[nodiscard]] Shopper& person(std::uint32_t index) { return population.people()[index]; }
  [[nodiscard]] Product& product(std::uint32_t index) { return catalog.products()[index]; }
  [[nodiscard]] std::string email_of(std::uint32_t shopper) const {
    return population.customer_id(shopper) + "@mail.example";
  }
  void lose(std::uint32_t product_index, int units) {
    lost_today[product_index] += static_cast<std::uint32_t>(units);
    tallies.lost_units += static_cast<std::uint64_t>(units);
  }
  /// Writes the customer record as it is now. `anonymous_id` empty when it was known before.
  void write_customer(std::int64_t now, std::uint32_t shopper, std::string_view account_id,
                      std::string_view anonymous_id);
};

}  // namespace souk::simulate
