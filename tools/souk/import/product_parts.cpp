#include "tools/souk/import/product_parts.hpp"

#include <cctype>

#include "tools/souk/import/values.hpp"

namespace souk::cli {

void set_description(souk::v1::Product& product, std::string_view text) {
  if (text.empty()) return;
  const std::size_t open = text.find('<');
  const bool markup =
      open != std::string_view::npos && text.find('>', open) != std::string_view::npos;
  if (markup) {
    product.mutable_description()->set_html(std::string(text));
  } else {
    product.mutable_description()->set_plain(std::string(text));
  }
}

void set_availability(souk::v1::Availability& availability, std::string_view text) {
  std::string word;
  for (const char c : to_lower(text))
    word.push_back(c == ' ' || c == '-' ? '_' : c);
  using souk::v1::Availability;
  if (word == "in_stock" || word == "instock") availability.set_status(Availability::in_stock);
  if (word == "out_of_stock" || word == "outofstock") {
    availability.set_status(Availability::out_of_stock);
  }
  if (word == "preorder" || word == "pre_order") availability.set_status(Availability::preorder);
  if (word == "backorder" || word == "on_backorder") {
    availability.set_status(Availability::backorder);
  }
  if (word == "discontinued") availability.set_status(Availability::discontinued);
}

void widen(souk::v1::PriceRange& range, const souk::v1::Money& price) {
  if (!range.has_min() || price.amount() < range.min().amount()) *range.mutable_min() = price;
  if (!range.has_max() || price.amount() > range.max().amount()) *range.mutable_max() = price;
}

void set_ranges_from_variants(souk::v1::Product& product) {
  for (const souk::v1::Variant& variant : product.variants()) {
    if (variant.has_price()) widen(*product.mutable_price_range(), variant.price());
    if (variant.has_list_price()) widen(*product.mutable_list_price_range(), variant.list_price());
  }
}

void add_image(souk::v1::Product& product, std::string_view url, std::string_view alt_text) {
  if (url.empty()) return;
  for (const souk::v1::Media& media : product.media()) {
    if (media.url() == url) return;
  }
  souk::v1::Media& media = *product.add_media();
  media.set_type("image");
  media.set_url(std::string(url));
  media.set_alt_text(std::string(alt_text));
}

std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (const std::string_view part = trim(text.substr(0, end)); !part.empty()) {
      parts.push_back(part);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string slug(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80) {
      result.push_back(static_cast<char>(std::tolower(byte)));
    } else if (!result.empty() && result.back() != '-') {
      result.push_back('-');
    }
  }
  while (!result.empty() && result.back() == '-')
    result.pop_back();
  return result;
}

}  // namespace souk::cli
