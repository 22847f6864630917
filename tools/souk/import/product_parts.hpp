// Pieces of a product that several kinds of exports share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "souk/v1/product.pb.h"

namespace souk::cli {

/// Sets plain or html, by whether there is markup in the text.
void set_description(souk::v1::Product& product, std::string_view text);
/// "in stock", "out_of_stock", "preorder", "backorder", "discontinued"; false for other words,
/// which change nothing.
bool set_availability(souk::v1::Availability& availability, std::string_view text);
/// Widens the range so that it holds the price.
void widen(souk::v1::PriceRange& range, const souk::v1::Money& price);
/// price_range and list_price_range from the variants as the kernel derives them: of those in the
/// currency of the first, and one without a list price counts with its price.
void set_ranges_from_variants(souk::v1::Product& product);
void add_image(souk::v1::Product& product, std::string_view url, std::string_view alt_text = {});
/// Pieces between separators, without blanks around them, without empty ones.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text, char separator);
/// URLs between commas; a comma after which no URL begins is part of one.
[[nodiscard]] std::vector<std::string_view> split_urls(std::string_view text);
/// "Black / M" → "black-m".
[[nodiscard]] std::string slug(std::string_view text);

/// Reads a cell that is not empty. False, with the reason, for what is no price or below zero.
/// `currency` decides about minor units; the result names one only when the cell does.
bool read_money(std::string_view text, std::string_view currency, souk::v1::Money& money,
                std::string& reason);
/// Whether a reduction from `starts` to `ends` holds at `now_us`. Cells that are empty or no times
/// do not bound it, an end that is a date alone holds until that day is over, and `now_us` 0 asks
/// nothing.
[[nodiscard]] bool sale_holds(std::string_view starts, std::string_view ends, std::int64_t now_us);

}  // namespace souk::cli
