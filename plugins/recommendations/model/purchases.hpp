// What one shopper has bought, as the models of repeat orders see it.
#pragma once

#include <cstdint>
#include <span>

#include "plugins/recommendations/model/item_dictionary.hpp"

namespace souk::recommendations {

/// One product of a shopper. Orders are counted from 1, the shopper's first; times are seconds
/// since 1970.
struct Purchase {
  ItemId item = kNoItem;
  std::uint32_t last_s = 0;         ///< of the newest order that holds it
  std::uint32_t times = 0;          ///< orders that hold it
  std::uint32_t first_s = 0;        ///< of the oldest
  std::uint16_t last_order = 0;     ///< number of the newest
  std::uint16_t first_order = 0;    ///< number of the oldest
  std::uint32_t variant = kNoItem;  ///< of the newest order, as the caller numbers variants
  float recent = 0;                 ///< Σ kRecentDecay^(last_order − order) over its orders

  /// What an order back counts less in `recent`: about the last two or three orders count.
  static constexpr double kRecentDecay = 0.6;
};

/// A shopper's purchases, oldest last purchase first.
struct PurchaseHistory {
  std::span<const Purchase> items;
  std::uint32_t orders = 0;   ///< so far
  std::uint32_t lines = 0;    ///< distinct products of each order, summed
  std::uint32_t repeats = 0;  ///< those of them that had been bought before
};

}  // namespace souk::recommendations
