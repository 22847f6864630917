// Pieces of a product that several kinds of exports share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "souk/v1/product.pb.h"

namespace souk::cli {

/// Sets plain or html, by whether there is markup in the text.
void set_description(souk::v1::Product& product, std::string_view text);
/// "in stock", "out_of_stock", "preorder", "backorder", "discontinued"; other words change nothing.
void set_availability(souk::v1::Availability& availability, std::string_view text);
/// Widens the range so that it holds the price.
void widen(souk::v1::PriceRange& range, const souk::v1::Money& price);
/// price_range and list_price_range from the variants.
void set_ranges_from_variants(souk::v1::Product& product);
void add_image(souk::v1::Product& product, std::string_view url, std::string_view alt_text = {});
/// Pieces between separators, without blanks around them, without empty ones.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text, char separator);
/// "Black / M" → "black-m".
[[nodiscard]] std::string slug(std::string_view text);

}  // namespace souk::cli
