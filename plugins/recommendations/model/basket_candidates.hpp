// What the next order of a shopper may hold, and what speaks for each of these products.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/co_purchase.hpp"
#include "plugins/recommendations/model/order_sequences.hpp"
#include "plugins/recommendations/model/purchases.hpp"
#include "plugins/recommendations/model/repurchase.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"

namespace souk::recommendations {

/// What next orders are predicted from; all of one store.
struct BasketSources {
  const CoPurchase& together;
  const OrderSequences& sequences;
  const Repurchase& repurchase;
};

/// Re-used by one thread.
struct BasketScratch {
  static constexpr std::size_t kFeatures = 23;
  struct Evidence {
    float with_history = 0;  ///< goes with what the shopper buys
    float with_last = 0;     ///< goes with the last order
    float after_last = 0;    ///< follows the last order
    float strongest = 0;     ///< of what speaks for it
    ItemId because = kNoItem;
    std::uint32_t purchase = 0;  ///< its place in the history + 1; 0: new to the shopper
    bool bought = false;         ///< in the order that is learned from
  };
  using Row = std::array<float, kFeatures>;

  SparseTable<Evidence> evidence;
  std::vector<PairLists::Count> pairs;
  std::vector<std::uint32_t> candidates;  ///< places in `evidence`, purchases first
  std::size_t repeats = 0;                ///< how many candidates were bought before
  std::vector<Row> rows;                  ///< of the candidates
  std::vector<float> shares;              ///< of the candidates
  std::vector<std::uint8_t> taken;        ///< whether they are in the order that is learned from
};

/// What a shopper is like, as far as orders tell.
struct BasketShopper {
  explicit BasketShopper(const PurchaseHistory& history);

  double orders = 1;
  float habit = 0;  ///< logit of the share of lines that are repeats
  float lines = 0;  ///< log of the mean number of lines of an order

  /// Orders since the newest with the product, that one included.
  [[nodiscard]] double gap(const Purchase& purchase) const;
  /// The share of the shopper's orders that hold it; of the newest, by Purchase::recent.
  [[nodiscard]] float frequency(const Purchase& purchase) const;
  [[nodiscard]] float recent(const Purchase& purchase) const;

 private:
  std::array<float, 32> decay_;  ///< powers of Purchase::kRecentDecay
  float all_recent_ = 1;         ///< what all orders would count
};

/// Fills scratch.evidence and scratch.candidates: everything that was bought before and, unless
/// `repeats_only`, the new products for which most speaks.
void find_basket_candidates(const PurchaseHistory& history, const BasketShopper& shopper,
                            const BasketSources& sources, bool repeats_only,
                            BasketScratch& scratch);

}  // namespace souk::recommendations
