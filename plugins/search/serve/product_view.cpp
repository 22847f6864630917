#include "plugins/search/serve/product_view.hpp"

#include <array>
#include <cmath>

#include "plugins/search/serve/account_prices.hpp"

namespace souk::search {

bool view_product(const Segment& segment, DocId doc, const PriceListFacts* prices,
                  std::string_view currency, souk::v1::Product& product) {
  const std::string_view source = segment.source(doc);
  if (!product.ParseFromArray(source.data(), static_cast<int>(source.size()))) return false;
  product.clear_only_account_ids();
  product.clear_excluded_account_ids();
  for (auto& variant : *product.mutable_variants())
    variant.clear_cost();
  if (!segment.facts(doc).sellable) {
    product.mutable_availability()->set_available(false);
    if (product.availability().status() == souk::v1::Availability::in_stock ||
        product.availability().status() == souk::v1::Availability::unspecified) {
      product.mutable_availability()->set_status(souk::v1::Availability::out_of_stock);
    }
  } else if (!product.has_availability()) {
    product.mutable_availability()->set_available(true);
  }
  if (prices == nullptr || !product.has_price_range()) return true;
  const auto price = [&](souk::v1::Money& money) {
    const double minor = minor_units(money.currency().empty() ? currency : money.currency());
    const double shop = static_cast<double>(money.amount()) / minor;
    money.set_amount(std::llround(account_price(*prices, segment.key(doc), shop) * minor));
  };
  price(*product.mutable_price_range()->mutable_min());
  if (product.price_range().has_max()) price(*product.mutable_price_range()->mutable_max());
  for (auto& variant : *product.mutable_variants()) {
    if (variant.has_price()) price(*variant.mutable_price());
  }
  return true;
}

namespace detail {
namespace {

using souk::v1::Product;
constexpr std::array kFields = {
    ProductField{"title", "title", [](Product& p) { p.clear_title(); }},
    ProductField{"description", "description", [](Product& p) { p.clear_description(); }},
    ProductField{"handle", "handle", [](Product& p) { p.clear_handle(); }},
    ProductField{"url", "url", [](Product& p) { p.clear_url(); }},
    ProductField{"categories", "categories", [](Product& p) { p.clear_categories(); }},
    ProductField{"price_range", "priceRange", [](Product& p) { p.clear_price_range(); }},
    ProductField{"list_price_range", "listPriceRange",
                 [](Product& p) { p.clear_list_price_range(); }},
    ProductField{"media", "media", [](Product& p) { p.clear_media(); }},
    ProductField{"options", "options", [](Product& p) { p.clear_options(); }},
    ProductField{"variants", "variants", [](Product& p) { p.clear_variants(); }},
    ProductField{"rating", "rating", [](Product& p) { p.clear_rating(); }},
    ProductField{"tags", "tags", [](Product& p) { p.clear_tags(); }},
    ProductField{"brand", "brand", [](Product& p) { p.clear_brand(); }},
    ProductField{"attributes", "attributes", [](Product& p) { p.clear_attributes(); }},
    ProductField{"metadata", "metadata", [](Product& p) { p.clear_metadata(); }},
    ProductField{"availability", "availability", [](Product& p) { p.clear_availability(); }},
    ProductField{"created_at", "createdAt", [](Product& p) { p.clear_created_at(); }},
    ProductField{"updated_at", "updatedAt", [](Product& p) { p.clear_updated_at(); }},
    ProductField{"published_at", "publishedAt", [](Product& p) { p.clear_published_at(); }},
};

}  // namespace

const ProductField* product_fields(std::size_t& count) {
  count = kFields.size();
  return kFields.data();
}

}  // namespace detail
}  // namespace souk::search
