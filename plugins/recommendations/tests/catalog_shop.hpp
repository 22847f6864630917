// Products with prices and attributes, for the tests of kinds that look at them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {

using Ids = std::vector<std::string>;
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// A product in few words. `price` in minor units; below 0: none.
inline v1::Product made_product(std::string_view id, std::string_view category,
                                std::int64_t price = -1, const Attributes& attributes = {},
                                std::string_view brand = {}) {
  v1::Product made = Shop::product(id, category);
  if (price >= 0) made.mutable_price_range()->mutable_min()->set_amount(price);
  for (const auto& [name, value] : attributes)
    (*made.mutable_attributes())[name] = value;
  made.set_brand(std::string(brand));
  return made;
}

inline v1::RecommendRequest request_for(std::string_view kind, std::string_view product,
                                        std::string_view shopper = {}) {
  auto made = Shop::request(kind, shopper, product);
  made.set_limit(5);
  return made;
}

}  // namespace souk::recommendations::testing
