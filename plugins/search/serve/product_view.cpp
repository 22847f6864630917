#include "plugins/search/serve/product_view.hpp"

#include <array>
#include <cmath>

#include "plugins/search/fold/product_vector.hpp"
#include "plugins/search/serve/account_prices.hpp"
#include "plugins/search/serve/wire.hpp"

namespace souk::search {

bool view_product(const Segment& segment, DocId doc, const PriceListFacts* prices,
                  std::string_view currency, souk::v1::Product& product) {
  const std::string_view source = without_stored_vector(segment.source(doc));
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

namespace {

/// A variant without what it costs.
void append_variant(std::string_view bytes, std::string& out) {
  thread_local std::string variant;
  variant.clear();
  wire::Fields fields(bytes);
  while (fields.next()) {
    if (fields.field() != souk::v1::Variant::kCostFieldNumber) variant.append(fields.whole());
  }
  wire::append_bytes(souk::v1::Product::kVariantsFieldNumber, variant, out);
}

}  // namespace

void keep_fields(FieldSet fields, souk::v1::Product& product) {
  std::size_t count = 0;
  const detail::ProductField* all = detail::product_fields(count);
  for (std::size_t i = 0; i < count; ++i) {
    if ((fields >> all[i].number & 1) == 0) all[i].clear(product);
  }
}

bool append_view(const Segment& segment, DocId doc, const PriceListFacts* prices,
                 std::string_view currency, FieldSet fields, std::string& out) {
  using souk::v1::Product;
  if (prices != nullptr || !segment.facts(doc).sellable) {
    thread_local Product product;
    if (!view_product(segment, doc, prices, currency, product)) return false;
    keep_fields(fields, product);
    return product.AppendToString(&out);
  }
  bool availability = (fields >> Product::kAvailabilityFieldNumber & 1) == 0;
  wire::Fields each(segment.source(doc));
  while (each.next()) {
    const std::uint32_t field = each.field();
    if (field == Product::kOnlyAccountIdsFieldNumber ||
        field == Product::kExcludedAccountIdsFieldNumber || field == kStoredVectorField ||
        (field < 64 && (fields >> field & 1) == 0)) {
      continue;
    }
    availability = availability || field == Product::kAvailabilityFieldNumber;
    if (field == Product::kVariantsFieldNumber) {
      append_variant(each.text(), out);
    } else {
      out.append(each.whole());
    }
  }
  if (!availability) {
    // Availability{available: true}
    wire::append_bytes(Product::kAvailabilityFieldNumber, std::string_view("\x08\x01", 2), out);
  }
  return each.ok();
}

ProductTexts texts_of(const Segment& segment, DocId doc) {
  using souk::v1::Product;
  ProductTexts texts;
  wire::Fields fields(segment.source(doc));
  while (fields.next()) {
    switch (fields.field()) {
      case Product::kIdFieldNumber:
        texts.id = fields.text();
        break;
      case Product::kTitleFieldNumber:
        texts.title = fields.text();
        break;
      case Product::kBrandFieldNumber:
        texts.brand = fields.text();
        break;
      case Product::kDescriptionFieldNumber: {
        wire::Fields description(fields.text());
        while (description.next()) {
          if (description.field() == souk::v1::Description::kPlainFieldNumber) {
            texts.description = description.text();
          }
        }
        break;
      }
      default:
        break;
    }
  }
  return texts;
}

namespace detail {
namespace {

using souk::v1::Product;
constexpr std::array kFields = {
    ProductField{"title", "title", Product::kTitleFieldNumber, [](Product& p) { p.clear_title(); }},
    ProductField{"description", "description", Product::kDescriptionFieldNumber,
                 [](Product& p) { p.clear_description(); }},
    ProductField{"handle", "handle", Product::kHandleFieldNumber,
                 [](Product& p) { p.clear_handle(); }},
    ProductField{"url", "url", Product::kUrlFieldNumber, [](Product& p) { p.clear_url(); }},
    ProductField{"categories", "categories", Product::kCategoriesFieldNumber,
                 [](Product& p) { p.clear_categories(); }},
    ProductField{"price_range", "priceRange", Product::kPriceRangeFieldNumber,
                 [](Product& p) { p.clear_price_range(); }},
    ProductField{"list_price_range", "listPriceRange", Product::kListPriceRangeFieldNumber,
                 [](Product& p) { p.clear_list_price_range(); }},
    ProductField{"media", "media", Product::kMediaFieldNumber, [](Product& p) { p.clear_media(); }},
    ProductField{"options", "options", Product::kOptionsFieldNumber,
                 [](Product& p) { p.clear_options(); }},
    ProductField{"variants", "variants", Product::kVariantsFieldNumber,
                 [](Product& p) { p.clear_variants(); }},
    ProductField{"rating", "rating", Product::kRatingFieldNumber,
                 [](Product& p) { p.clear_rating(); }},
    ProductField{"tags", "tags", Product::kTagsFieldNumber, [](Product& p) { p.clear_tags(); }},
    ProductField{"brand", "brand", Product::kBrandFieldNumber, [](Product& p) { p.clear_brand(); }},
    ProductField{"attributes", "attributes", Product::kAttributesFieldNumber,
                 [](Product& p) { p.clear_attributes(); }},
    ProductField{"metadata", "metadata", Product::kMetadataFieldNumber,
                 [](Product& p) { p.clear_metadata(); }},
    ProductField{"availability", "availability", Product::kAvailabilityFieldNumber,
                 [](Product& p) { p.clear_availability(); }},
    ProductField{"created_at", "createdAt", Product::kCreatedAtFieldNumber,
                 [](Product& p) { p.clear_created_at(); }},
    ProductField{"updated_at", "updatedAt", Product::kUpdatedAtFieldNumber,
                 [](Product& p) { p.clear_updated_at(); }},
    ProductField{"published_at", "publishedAt", Product::kPublishedAtFieldNumber,
                 [](Product& p) { p.clear_published_at(); }},
};

}  // namespace

const ProductField* product_fields(std::size_t& count) {
  count = kFields.size();
  return kFields.data();
}

}  // namespace detail
}  // namespace souk::search
