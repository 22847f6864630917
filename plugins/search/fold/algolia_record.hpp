// What an Algolia record says that a product's fields do not hold: lists, and places.
#pragma once

#include "plugins/search/model/document.hpp"
#include "souk/v1/product.souk.hpp"

namespace souk::search {

/// Adds the lists of `metadata.algolia` as values and numbers of their attributes, and `_geoloc`.
void add_algolia_record(const souk::v1::Product& product, Document& document);

}  // namespace souk::search
