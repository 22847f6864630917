// What is remembered of one shopper, or of one anonymous visit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {

/// A shopper's views, cart, purchases and visits, each bounded: the oldest entry gives way. Times
/// are seconds since 1970. A plain value; Shoppers keeps it in a form that others may read.
struct Profile {
  static constexpr std::size_t kMostViewed = 50;
  static constexpr std::size_t kMostInCart = 100;
  static constexpr std::size_t kMostBought = 100;
  static constexpr std::size_t kMostVisits = 16;
  static constexpr std::uint32_t kMostMerged = 255;

  struct Viewed {
    ItemId item = kNoItem;
    std::uint32_t at_s = 0;
    std::uint32_t visit = 0;  ///< lower half of its VisitKey
  };
  struct InCart {
    ItemId item = kNoItem;
    float quantity = 0;  ///< selling units
  };
  struct Bought {
    ItemId item = kNoItem;
    std::uint32_t last_s = 0;
    std::uint32_t times = 0;  ///< orders
  };

  std::vector<Viewed> viewed;    ///< oldest first
  std::vector<InCart> cart;      ///< in the order of adding
  std::vector<Bought> bought;    ///< in the order of the last purchase, oldest first
  std::vector<VisitKey> visits;  ///< oldest first; the last is the present one
  std::uint32_t last_seen_s = 0;
  std::uint32_t merged = 0;     ///< how many other ids were taken in
  bool identified = false;      ///< somebody signed in: never taken in by another
  bool last_was_click = false;  ///< the newest view was a click in a list

  void clear();
  /// Begins a visit, or goes on with it when it is the present one.
  void enter(VisitKey visit);
  /// A view now. The same product again in the same visit only moves its time.
  void view(ItemId item, std::uint32_t now_s);
  void put_in_cart(ItemId item, float quantity);
  /// Takes `quantity` out; all of it when that is not above zero.
  void take_from_cart(ItemId item, float quantity);
  void buy(ItemId item, std::uint32_t now_s);
  /// Takes one purchase back.
  void unbuy(ItemId item);
  /// Takes in what `other` did, in order of time.
  void absorb(const Profile& other);

  [[nodiscard]] const Bought* purchase(ItemId item) const;
  [[nodiscard]] bool in_cart(ItemId item) const;
  /// The products of a visit, oldest first, into `out` (not cleared).
  void items_of(VisitKey visit, std::vector<ItemId>& out) const;

  /// As 32-bit cells, appended to `out`, and back; false when the cells are no profile.
  void encode(std::vector<std::uint32_t>& out) const;
  [[nodiscard]] bool decode(std::span<const std::uint32_t> cells);
};

}  // namespace souk::recommendations
