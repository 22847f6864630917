// A product event → the features by which products are alike.
#pragma once

#include <cstdint>

#include "plugins/recommendations/model/content_features.hpp"
#include "souk/v1/product.pb.h"

namespace souk::recommendations {

/// Reads the product into `features`. What a product has several of (colours, sizes) is left out
/// when there are more than four: then it tells products not apart.
void read_content(const souk::v1::Product& product, std::int64_t price_minor,
                  ContentFeatures& features);

}  // namespace souk::recommendations
