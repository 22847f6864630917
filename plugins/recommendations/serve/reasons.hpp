// Why a product is shown, in words that may stand beside it in the shop.
#pragma once

#include <string>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

/// Writes the reason for a pick into `out`. Speaks of the shopper's own doings, of the product at
/// hand and of sums over many people, never of another person: with fewer than
/// `min_people_in_reason` behind it nothing is said of others, the number of orders is told from
/// `min_orders_in_reason` on, and a product that this shopper may not see is not named.
void write_reason(const StoreState& state, const Question& question, const Pick& pick,
                  std::string& out);
/// The same for a set of products.
void write_bundle_reason(const StoreState& state, const Recommender& done,
                         const BundleSearch::Bundle& bundle, std::string& out);

/// The product that the reason refers to, or kNoItem when there is none or it may not be named.
[[nodiscard]] ItemId named_because(const StoreState& state, const Question& question,
                                   const Pick& pick);

}  // namespace souk::recommendations
