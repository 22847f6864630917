// Shoppers' purchases, kept as the fold keeps them, for tests of the models that learn from orders.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "plugins/recommendations/model/purchases.hpp"

namespace souk::recommendations::testing {

inline constexpr std::uint32_t kDay = 86'400;
inline constexpr std::uint32_t kStart = 1'700'000'000;

/// One shopper.
struct Book {
  std::vector<Purchase> items;
  std::uint32_t orders = 0, lines = 0, repeats = 0;

  [[nodiscard]] PurchaseHistory history() const { return {items, orders, lines, repeats}; }
  void order(const std::vector<ItemId>& bought, std::uint32_t now_s) {
    ++orders;
    const auto number = static_cast<std::uint16_t>(orders);
    for (const ItemId item : bought) {
      ++lines;
      Purchase made{item, now_s, 1, now_s, number, number, kNoItem, 1};
      const auto had = std::find_if(items.begin(), items.end(),
                                    [&](const Purchase& p) { return p.item == item; });
      if (had != items.end()) {
        ++repeats;
        made = *had;
        made.last_s = now_s;
        ++made.times;
        made.recent = 1 + made.recent * static_cast<float>(std::pow(Purchase::kRecentDecay,
                                                                    number - made.last_order));
        made.last_order = number;
        items.erase(had);
      }
      items.push_back(made);
    }
  }
};

using Books = std::map<std::uint32_t, Book>;

}  // namespace souk::recommendations::testing
