// Whether two products look good together: learned from orders, by rule where they say nothing.
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

/// For attributes of looks (colour, style, season, material, pattern, gender) that orders say too
/// little of: the same value is good, a neutral one as good as any, another less so; another gender
/// or age group is not shown with it.
[[nodiscard]] double ruled_match(const Catalog& catalog, const AttributePairs& pairs, ItemId a,
                                 ItemId b);

/// The topmost category of a product, or kNoCategory.
[[nodiscard]] CategoryId department_of(const Catalog& catalog, ItemId item);

}  // namespace souk::recommendations
