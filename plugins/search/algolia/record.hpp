// A product → the record that clients of the Algolia API get: the one it was made from, whole; or,
// for a product that came another way, one under the names that Algolia's catalogs use.
#pragma once

#include <string_view>

#include "plugins/search/algolia/json_value.hpp"
#include "souk/v1/product.souk.hpp"

namespace souk::search::algolia {

/// `product` as this account may see it. `own_prices`: its prices are not those of the record.
[[nodiscard]] JsonValue record_of(const souk::v1::Product& product, std::string_view currency,
                                  bool own_prices);

/// Keeps the attributes that a client asked for: names, "*", "-name" beside a "*". objectID stays.
void retrieve(const std::vector<std::string>& names, JsonValue& record);

/// Takes out what nobody may retrieve.
void leave_out(const std::vector<std::string>& names, JsonValue& record);

}  // namespace souk::search::algolia
