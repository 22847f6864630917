// Shopify's product export: one line a variant or a picture, lines of one handle together; what
// belongs to the product stands on its first line. The file has no product ids: the handle is the
// id.
#include <array>

#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/product_parts.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

class ShopifyProductMapper final : public Mapper {
 public:
  ShopifyProductMapper(Columns& columns, const MapperSettings& settings)
      : currency_(settings.currency),
        handle_(columns.need("Handle")),
        title_(columns.find("Title")),
        body_(columns.find("Body (HTML)")),
        vendor_(columns.find("Vendor")),
        category_(columns.find("Product Category")),
        type_(columns.find("Type")),
        tags_(columns.find("Tags")),
        published_(columns.find("Published")),
        status_(columns.find("Status")),
        sku_(columns.find("Variant SKU")),
        tracker_(columns.find("Variant Inventory Tracker")),
        stock_(columns.find("Variant Inventory Qty")),
        policy_(columns.find("Variant Inventory Policy")),
        price_(columns.need("Variant Price")),
        list_price_(columns.find("Variant Compare At Price")),
        cost_(columns.find("Cost per item")),
        barcode_(columns.find("Variant Barcode")),
        image_(columns.find("Image Src")),
        image_alt_(columns.find("Image Alt Text")),
        variant_image_(columns.find("Variant Image")),
        metafields_(columns.metafields()) {
    for (std::size_t i = 0; i < options_.size(); ++i) {
      const std::string prefix = "Option" + std::to_string(i + 1);
      options_[i] = {columns.find(prefix + " Name"), columns.find(prefix + " Value")};
    }
  }

  void record(const CsvRecord& record, EventSink& sink) override {
    const std::string_view handle = handle_.of(record);
    if (handle.empty()) return sink.reject(record.line, "Handle is empty", record.text);
    if (handle != product_.id()) {
      give(sink);
      begin(record);
    }
    if (title_.of(record).empty() && product_.title().empty()) {
      return sink.reject(record.line, "the product has no title", record.text);
    }
    add_image(product_, image_.of(record), image_alt_.of(record));
    if (!price_.of(record).empty()) add_variant(record, sink);
  }

  void finish(EventSink& sink) override { give(sink); }
  [[nodiscard]] std::string_view format() const noexcept override { return "Shopify products"; }

 private:
  void begin(const CsvRecord& record) {
    line_ = record.line;
    product_.Clear();
    names_ = {};
    product_.set_id(std::string(handle_.of(record)));
    product_.set_handle(product_.id());
    product_.set_title(std::string(title_.of(record)));
    set_description(product_, body_.of(record));
    product_.set_brand(std::string(vendor_.of(record)));
    for (const auto& [name, column] : metafields_) {
      if (const std::string_view value = column.of(record); !value.empty())
        (*product_.mutable_attributes())[name] = std::string(value);
    }
    for (const std::string_view tag : split_list(tags_.of(record), ',')) {
      product_.add_tags(std::string(tag));
    }
    const bool typed = !type_.of(record).empty();
    if (typed) product_.add_categories()->set_value(std::string(type_.of(record)));
    if (const std::string_view path = category_.of(record); !path.empty()) {
      souk::v1::Category& category = *product_.add_categories();
      category.set_value(std::string(path));
      if (typed) category.set_taxonomy("shopify");
    }
    const auto published = parse_bool(published_.of(record));
    const auto active = parse_bool(status_.of(record));
    product_.set_hidden((published && !*published) || (active && !*active));
    for (std::size_t i = 0; i < options_.size(); ++i) {
      names_[i] = std::string(options_[i].first.of(record));
    }
  }

  bool set_price(std::string_view text, souk::v1::Money& money) const {
    const auto price = parse_price(text, currency_);
    if (!price || price->minor < 0) return false;
    money.set_amount(price->minor);
    money.set_currency(price->currency);
    return true;
  }

  void add_variant(const CsvRecord& record, EventSink& sink) {
    souk::v1::Variant variant;
    if (!set_price(price_.of(record), *variant.mutable_price())) {
      return sink.reject(record.line, "Variant Price is not a price", record.text);
    }
    if (!list_price_.of(record).empty() &&
        !set_price(list_price_.of(record), *variant.mutable_list_price())) {
      return sink.reject(record.line, "Variant Compare At Price is not a price", record.text);
    }
    if (!cost_.of(record).empty() && !set_price(cost_.of(record), *variant.mutable_cost())) {
      return sink.reject(record.line, "Cost per item is not a price", record.text);
    }
    std::string title;
    for (std::size_t i = 0; i < options_.size(); ++i) {
      const std::string_view value = options_[i].second.of(record);
      // A product without options has one that is called Title.
      if (value.empty() || (names_[i] == "Title" && value == "Default Title")) continue;
      souk::v1::SelectedOption& option = *variant.add_options();
      option.set_name(names_[i]);
      option.set_label(std::string(value));
      title += (title.empty() ? "" : " / ") + std::string(value);
    }
    const std::string_view sku = sku_.of(record);
    variant.set_id(!sku.empty()    ? std::string(sku)
                   : title.empty() ? product_.id()
                                   : product_.id() + "-" + slug(title));
    variant.set_title(title);
    variant.set_sku(std::string(sku));
    if (const std::string_view code = barcode_.of(record); !code.empty()) {
      souk::v1::Barcode& barcode = *variant.add_barcodes();
      barcode.set_type("gtin");
      barcode.set_value(std::string(code.front() == '\'' ? code.substr(1) : code));
    }
    if (const std::string_view url = variant_image_.of(record); !url.empty()) {
      souk::v1::Media& media = *variant.add_media();
      media.set_type("image");
      media.set_url(std::string(url));
    }
    if (policy_.of(record) == "continue") {
      variant.mutable_availability()->set_status(souk::v1::Availability::backorder);
      variant.mutable_availability()->set_available(true);
    } else if (tracker_.present() && tracker_.of(record).empty()) {
      // Nobody counts it: the quantity, which is 0, says nothing.
    } else if (const auto available = parse_number(stock_.of(record))) {
      levels_.emplace_back(variant.id(), *available);
    }
    *product_.add_variants() = std::move(variant);
  }

  void give(EventSink& sink) {
    if (product_.id().empty() || product_.title().empty()) return;
    const std::string id = product_.id();
    set_ranges_from_variants(product_);
    souk::v1::Event event;
    *event.mutable_product_upserted()->mutable_product() = std::move(product_);
    sink.event(std::move(event), line_);
    for (const auto& [variant, available] : levels_) {
      souk::v1::Event level;
      level.mutable_inventory_set()->set_product_id(id);
      level.mutable_inventory_set()->set_variant_id(variant);
      level.mutable_inventory_set()->set_available(available);
      sink.event(std::move(level), line_);
    }
    levels_.clear();
    product_.Clear();
  }

  const std::string currency_;
  Column handle_, title_, body_, vendor_, category_, type_, tags_, published_, status_, sku_,
      tracker_, stock_, policy_, price_, list_price_, cost_, barcode_, image_, image_alt_,
      variant_image_;
  std::vector<std::pair<std::string, Column>> metafields_;
  std::array<std::pair<Column, Column>, 3> options_;
  std::array<std::string, 3> names_;
  souk::v1::Product product_;
  std::uint64_t line_ = 0;
  std::vector<std::pair<std::string, double>> levels_;
};

}  // namespace

std::unique_ptr<Mapper> make_shopify_product_mapper(Columns& columns,
                                                    const MapperSettings& settings) {
  return std::make_unique<ShopifyProductMapper>(columns, settings);
}

}  // namespace souk::cli
