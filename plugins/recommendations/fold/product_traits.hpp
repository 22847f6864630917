// What a product's upsert says of price, brand, attributes and variants.
#pragma once

#include <cstdint>

#include "plugins/recommendations/state/catalog.hpp"
#include "souk/v1/product.pb.h"

namespace souk::recommendations {

/// The traits of `product`, with words and sets of `catalog`. `before` is what was known of it:
/// when it was first for sale stands, unless the product says so itself; else that is `now_s`.
Catalog::Traits read_traits(Catalog& catalog, const souk::v1::Product& product,
                            const Catalog::Traits& before, std::uint32_t now_s);

}  // namespace souk::recommendations
