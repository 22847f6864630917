// Whether two products look good together, learned from orders; and whether the same people wear
// them.
#pragma once

#include <span>

#include "plugins/recommendations/model/attribute_pairs.hpp"
#include "plugins/recommendations/state/catalog.hpp"

namespace souk::recommendations {

/// The geometric mean of the best lift of each attribute that both have and enough is known of,
/// ¼ … 4; 1 without any. Values are sorted.
[[nodiscard]] double learned_match(const AttributePairs& pairs,
                                   std::span<const AttributePairs::Value> a,
                                   std::span<const AttributePairs::Value> b);

/// What another gender or age group is not shown with, where orders say too little of it: 0.05 for
/// each of these attributes that both have and that differ, else 1.
[[nodiscard]] double other_people(const Catalog& catalog, const AttributePairs& pairs, ItemId a,
                                  ItemId b);

/// The topmost category of a product, or kNoCategory.
[[nodiscard]] CategoryId department_of(const Catalog& catalog, ItemId item);

}  // namespace souk::recommendations
