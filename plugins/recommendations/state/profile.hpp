// What is remembered of one shopper, or of one anonymous visit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/purchases.hpp"
#include "plugins/recommendations/model/size_model.hpp"
#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {

/// A shopper's views, cart, purchases and visits, each bounded: the oldest entry gives way. Times
/// are seconds since 1970. A plain value; Shoppers keeps it in a form that others may read.
struct Profile {
  static constexpr std::size_t kMostViewed = 50;
  static constexpr std::size_t kMostInCart = 100;
  static constexpr std::size_t kMostBought = 400;
  static constexpr std::size_t kMostReturned = 50;
  static constexpr std::size_t kMostFits = 8;
  static constexpr std::size_t kMostVisits = 16;
  static constexpr std::size_t kMostSegments = 8;
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
  using Bought = Purchase;
  /// What size the shopper takes, in one system of sizes; see SizeModel.
  struct Fit {
    std::uint32_t system = 0;
    SizeEvidence evidence;
  };

  std::vector<Viewed> viewed;    ///< oldest first
  std::vector<InCart> cart;      ///< in the order of adding
  std::vector<Bought> bought;    ///< in the order of the last purchase, oldest first
  std::vector<ItemId> returned;  ///< and not kept since; oldest first
  std::vector<Fit> fits;         ///< the system used last comes last
  std::vector<VisitKey> visits;  ///< oldest first; the last is the present one
  /// Segments, the one joined last comes last. The highest bit says that a tag of the customer's
  /// record put the shopper in.
  std::vector<std::uint32_t> segments;
  static constexpr std::uint32_t kByTag = 1u << 31;
  std::uint32_t last_seen_s = 0;
  std::uint32_t orders = 0;     ///< so far, cancelled ones too
  std::uint32_t lines = 0;      ///< distinct products of each order, summed
  std::uint32_t repeats = 0;    ///< those of them that had been bought before
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
  /// An order begins: what is bought from now on belongs to it.
  void begin_order() { ++orders; }
  /// `variant` is a word of the catalog, kNoItem when it is not known.
  void buy(ItemId item, std::uint32_t now_s, std::uint32_t variant = kNoItem);
  /// Takes one purchase back.
  void unbuy(ItemId item);
  /// Came back: not to be recommended until it is bought again.
  void give_back(ItemId item);
  void join(std::uint32_t segment);
  void leave(std::uint32_t segment);
  /// Puts these segments in the place of those that tags had put the shopper in.
  void join_by_tags(std::span<const std::uint32_t> segments);
  /// Takes in what `other` did, in order of time.
  void absorb(const Profile& other);

  [[nodiscard]] const Bought* purchase(ItemId item) const;
  [[nodiscard]] bool has_returned(ItemId item) const;
  /// The shopper's size in a system; nullptr when nothing is known.
  [[nodiscard]] const Fit* fit(std::uint32_t system) const;
  void set_fit(const Fit& fit);
  /// For the models. Valid as long as the profile does not change.
  [[nodiscard]] PurchaseHistory history() const { return {bought, orders, lines, repeats}; }
  [[nodiscard]] bool in_cart(ItemId item) const;
  /// The products of a visit, oldest first, into `out` (not cleared).
  void items_of(VisitKey visit, std::vector<ItemId>& out) const;

  /// As 32-bit cells, appended to `out`, and back; false when the cells are no profile.
  void encode(std::vector<std::uint32_t>& out) const;
  [[nodiscard]] bool decode(std::span<const std::uint32_t> cells);

 private:
  void absorb_purchases(const Profile& other);
};

}  // namespace souk::recommendations
