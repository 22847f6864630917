// The features by which the chance of a product in a shopper's next order is told.
#pragma once

#include <cstdint>

#include "plugins/recommendations/model/basket_candidates.hpp"

namespace souk::recommendations {

/// In the order of BasketScratch::Row. Those up to kShared are known of every product, the others
/// of what the shopper has bought before; all are logarithms, logits or 0 and 1.
enum BasketFeature : std::size_t {
  kBias,
  kHabit,        ///< how much the shopper buys again
  kLines,        ///< how large their orders are
  kPopular,      ///< share of the store's orders that hold it
  kPopularNow,   ///< of the newest
  kCompany,      ///< how large the orders are that hold it
  kTaste,        ///< popularity times that of what the shopper buys
  kOffTaste,     ///< the distance between the two
  kWithHistory,  ///< bought with what the shopper has
  kWithLast,     ///< with what the last order holds
  kAfterLast,    ///< follows what the last order holds
  kFrequency,    ///< share of the shopper's orders that hold it
  kRecency,      ///< of the newest
  kTimes,
  kInLast,
  kGap,  ///< orders since
  kAge,  ///< orders since the first with it
  kOnce,
  kRipe,  ///< time since, in intervals, up to one
  kOverripe,
  kRate,        ///< of those who have it, how many take it again in an order
  kRecentRate,  ///< lately
  kShareAgain,  ///< how many ever take it again
};
inline constexpr std::size_t kSharedFeatures = kAfterLast + 1;
static_assert(kShareAgain + 1 == BasketScratch::kFeatures);

/// Fills scratch.rows from scratch.candidates.
void describe_basket_candidates(const PurchaseHistory& history, const BasketShopper& shopper,
                                std::uint32_t now_s, const BasketSources& sources,
                                BasketScratch& scratch);

}  // namespace souk::recommendations
