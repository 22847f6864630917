// What goes together beyond single pairs of products: categories in orders and in visits, carts
// that may never become orders, values of attributes.
#pragma once

#include <span>
#include <vector>

#include "plugins/recommendations/model/attribute_pairs.hpp"
#include "plugins/recommendations/model/co_purchase.hpp"
#include "plugins/recommendations/state/catalog.hpp"
#include "plugins/recommendations/state/profile.hpp"

namespace souk::recommendations {

/// Learned from orders, visits and carts, with the catalog's word on what a product is. A product's
/// category is its main one.
///
/// Threads: one writer observes; any thread reads the parts, without locks.
class Affinities {
 public:
  Affinities(std::uint32_t max_products, std::uint32_t max_categories);

  // Writer only.
  /// An order that counts, its products distinct.
  void observe_order(std::span<const ItemId> items, const Catalog& catalog);
  /// An order that counts no more. Values of attributes stay: what went together for somebody's
  /// eyes still does.
  void take_back_order(std::span<const ItemId> items, const Catalog& catalog);
  /// A look at `item` in `visit`; `profile` is as it was before.
  void observe_view(const Profile& profile, VisitKey visit, ItemId item, const Catalog& catalog);
  /// `item` comes into the cart; `profile` is as it was before.
  void observe_cart(const Profile& profile, ItemId item);

  /// Categories of one order.
  [[nodiscard]] const CoPurchase& category_orders() const { return category_orders_; }
  /// Categories of one visit.
  [[nodiscard]] const CoPurchase& category_visits() const { return category_visits_; }
  /// Products of one cart.
  [[nodiscard]] const CoPurchase& carts() const { return carts_; }
  /// Values of attributes on products of different categories of one order.
  [[nodiscard]] const AttributePairs& attributes() const { return attributes_; }
  /// The counted values of a product, sorted, into `out` (cleared first). Any thread.
  void values_of(ItemId item, const Catalog& catalog,
                 std::vector<AttributePairs::Value>& out) const;

  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// The parts in the order above.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source);

 private:
  void take_categories(std::span<const ItemId> items, const Catalog& catalog);
  void learn_values(ItemId item, const Catalog& catalog);

  CoPurchase category_orders_;
  CoPurchase category_visits_;
  CoPurchase carts_;
  AttributePairs attributes_;
  // Re-used from event to event.
  std::vector<CategoryId> categories_;
  std::vector<ItemId> held_;
  std::vector<std::vector<AttributePairs::Value>> values_;
};

}  // namespace souk::recommendations
