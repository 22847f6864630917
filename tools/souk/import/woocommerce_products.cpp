// WooCommerce's product export: one line a product or a variation. A variation names its parent by
// SKU, or as "id:44" when that has none; it may stand before or after it, so products with
// variations are held until the file is read. All others are passed on at once.
//
// Texts are written as WooCommerce reads them back: line ends as "\n" in two characters, commas
// inside of lists as "\,", and an apostrophe before cells that a spreadsheet would take for a
// formula.
#include <algorithm>
#include <map>
#include <unordered_set>

#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/product_parts.hpp"
#include "tools/souk/import/values.hpp"
#include "tools/souk/import/variant_groups.hpp"
#include "tools/souk/import/woocommerce_cells.hpp"

namespace souk::cli {
namespace {

using souk::v1::Product;
using souk::v1::Variant;

/// One "Attribute N name" with its values.
struct NamedValues {
  std::string name;
  std::vector<std::string> values;
};

struct Variation {
  std::uint64_t line = 0;
  std::string text;  // for the reject file, should its parent not come
  std::string parent;
  Variant variant;
  std::string level;  // of stock, as it stands
};

struct Parent {
  std::uint64_t line = 0;
  Product product;
  std::vector<NamedValues> attributes;
  std::string level;
};

class WooCommerceProductMapper final : public Mapper {
 public:
  WooCommerceProductMapper(Columns& columns, const MapperSettings& settings)
      : currency_(settings.currency),
        now_us_(settings.now_us),
        id_(columns.find("id", {"sku"})),
        type_(columns.find("type")),
        sku_(columns.find("sku")),
        gtin_(columns.find("gtin", {"GTIN, UPC, EAN, or ISBN"})),
        title_(columns.find("title", {"name"})),
        published_(columns.find("published")),
        featured_(columns.find("featured", {"Is featured?"})),
        visibility_(columns.find("visibility", {"Visibility in catalog"})),
        short_description_(columns.find("short_description")),
        description_(columns.find("description")),
        in_stock_(columns.find("in_stock", {"In stock?"})),
        stock_(columns.find("stock")),
        backorders_(columns.find("backorders", {"Backorders allowed?"})),
        price_(columns.find("price", {"Regular price"})),
        sale_price_(columns.find("sale_price")),
        sale_starts_(columns.find("sale_starts", {"Date sale price starts"})),
        sale_ends_(columns.find("sale_ends", {"Date sale price ends"})),
        categories_(columns.find("category", {"categories"})),
        tags_(columns.find("tags")),
        brand_(columns.find("brand", {"brands"})),
        images_(columns.find("image", {"images"})),
        url_(columns.find("url", {"permalink", "External URL"})),
        parent_(columns.find("parent")) {
    for (int i = 1;; ++i) {
      const std::string prefix = "Attribute " + std::to_string(i);
      const Column name = columns.find(prefix + " name");
      if (!name.present()) break;
      named_.emplace_back(name, columns.find(prefix + " value(s)"));
    }
  }

  void record(const CsvRecord& record, EventSink& sink) override {
    std::string reason;
    const bool taken = is_variation(record) ? take_variation(record, sink, reason)
                                            : take_product(record, sink, reason);
    if (!taken) sink.reject(record.line, reason, record.text);
  }

  void finish(EventSink& sink) override {
    for (Variation& variation : variations_) {
      if (const std::string fault = join(variation); !fault.empty()) {
        sink.reject(variation.line, fault, variation.text);
      }
    }
    for (auto& [id, parent] : parents_) {
      give_parent(parent, sink);
    }
    variations_.clear();
    parents_.clear();
  }

  [[nodiscard]] std::uint64_t held() const override { return parents_.size(); }
  [[nodiscard]] std::string_view format() const noexcept override { return "WooCommerce products"; }

 private:
  [[nodiscard]] bool is_variation(const CsvRecord& record) const {
    // Extensions have types of their own: "subscription_variation", "variable-subscription".
    for (const std::string_view type : split_list(type_.of(record), ',')) {
      if (to_lower(type).ends_with("variation")) return true;
    }
    return false;
  }
  [[nodiscard]] bool has_variations(const CsvRecord& record) const {
    for (const std::string_view type : split_list(type_.of(record), ',')) {
      if (to_lower(type).starts_with("variable")) return true;
    }
    return false;
  }

  bool take_product(const CsvRecord& record, EventSink& sink, std::string& reason) {
    Product product;
    if (!fill(record, product, reason)) return false;
    if (!ids_.insert(product.id()).second) {
      reason = "the id stands in the file twice";
      return false;
    }
    const std::uint64_t line = record.line;
    const std::string level = level_of(record, sink);
    std::vector<NamedValues> attributes = attributes_of(record);
    if (has_variations(record)) {
      const std::string id = product.id();
      const std::string sku(woo_text(sku_.of(record)));
      if (!sku.empty()) id_of_sku_.emplace(sku, id);
      if (!sku.empty()) (*product.mutable_attributes())["sku"] = sku;
      parents_[id] = {line, std::move(product), std::move(attributes), level};
      return true;
    }
    add_codes(record, product);
    for (const NamedValues& attribute : attributes)
      set_attribute(product, attribute);
    const std::string id = product.id();
    give(std::move(product), line, sink);
    give_level(id, {}, level, line, sink);
    return true;
  }

  bool take_variation(const CsvRecord& record, EventSink& sink, std::string& reason) {
    Variation variation;
    variation.line = record.line;
    variation.text = std::string(record.text);
    variation.parent = woo_text(parent_.of(record));
    if (variation.parent.empty()) {
      reason = "the variation names no parent";
      return false;
    }
    Product row;  // what products and variations have alike
    if (!fill_common(record, row, reason)) return false;
    if (!ids_.insert(row.id()).second) {
      reason = "the id stands in the file twice";
      return false;
    }
    if (row.hidden()) {
      sink.note("variants left out because they are not published", 1);
      return true;
    }
    Variant& variant = variation.variant;
    variant.set_id(row.id());
    variant.set_title(row.title());
    variant.set_sku(woo_text(sku_.of(record)));
    if (row.has_price_range()) *variant.mutable_price() = row.price_range().min();
    if (row.has_list_price_range()) *variant.mutable_list_price() = row.list_price_range().min();
    if (row.has_availability()) *variant.mutable_availability() = row.availability();
    if (row.has_description()) *variant.mutable_description() = row.description();
    variant.mutable_media()->Swap(row.mutable_media());
    if (const std::string code = woo_text(gtin_.of(record)); !code.empty()) {
      souk::v1::Barcode& barcode = *variant.add_barcodes();
      barcode.set_type("gtin");
      barcode.set_value(code);
    }
    for (const NamedValues& attribute : attributes_of(record)) {
      souk::v1::SelectedOption& option = *variant.add_options();
      option.set_name(attribute.name);
      option.set_label(attribute.values.front());
    }
    variation.level = level_of(record, sink);
    variations_.push_back(std::move(variation));
    return true;
  }

  bool fill(const CsvRecord& record, Product& product, std::string& reason) const {
    if (!fill_common(record, product, reason)) return false;
    if (product.title().empty()) {
      reason = "the product has no name";
      return false;
    }
    product.set_url(std::string(url_.of(record)));
    product.set_brand(woo_text(brand_.of(record)));
    if (to_lower(visibility_.of(record)) == "hidden") product.set_hidden(true);
    for (std::string& path : woo_list(categories_.of(record))) {
      product.add_categories()->set_value(std::move(path));
    }
    for (std::string& tag : woo_list(tags_.of(record)))
      product.add_tags(std::move(tag));
    if (parse_bool(featured_.of(record)).value_or(false)) product.add_tags("featured");
    return true;
  }

  bool fill_common(const CsvRecord& record, Product& product, std::string& reason) const {
    const std::string id = woo_text(id_.of(record));
    if (id.empty()) {
      reason = "the product has no id";
      return false;
    }
    product.set_id(id);
    product.set_title(woo_text(title_.of(record)));
    if (const std::string published = woo_text(published_.of(record)); !published.empty()) {
      const auto shown = parse_bool(published);
      if (!shown) {
        reason = "\"" + published + "\" in Published is none of 1, 0 and -1";
        return false;
      }
      product.set_hidden(!*shown);
    }
    std::string text = woo_text(short_description_.of(record));
    const std::string more = woo_text(description_.of(record));
    if (!text.empty() && !more.empty()) text += "\n\n";
    set_description(product, text + more);
    for (const std::string_view url : split_urls(images_.of(record)))
      add_image(product, url);
    set_stock_state(record, product);
    return add_prices(record, product, reason);
  }

  void set_stock_state(const CsvRecord& record, Product& product) const {
    const std::string state = to_lower(woo_text(in_stock_.of(record)));
    const std::string backorders = to_lower(woo_text(backorders_.of(record)));
    const bool counted = parse_number(woo_text(stock_.of(record))).has_value();
    // With backorders allowed a stock of zero does not end the sale.
    if (state == "backorder" ||
        (counted && (backorders == "notify" || parse_bool(backorders).value_or(false)))) {
      product.mutable_availability()->set_status(souk::v1::Availability::backorder);
      product.mutable_availability()->set_available(true);
    } else if (const auto available = parse_bool(state)) {
      product.mutable_availability()->set_available(*available);
    }
  }

  bool add_prices(const CsvRecord& record, Product& product, std::string& reason) const {
    const bool reduced = !sale_price_.of(record).empty() &&
                         sale_holds(sale_starts_.of(record), sale_ends_.of(record), now_us_);
    const auto read = [&](const Column& column, souk::v1::PriceRange* (Product::*range)()) {
      const std::string text = woo_text(column.of(record));
      if (text.empty()) return true;
      souk::v1::Money money;
      if (!read_money(text, currency_, money, reason)) return false;
      *(product.*range)()->mutable_min() = money;
      *(product.*range)()->mutable_max() = money;
      return true;
    };
    if (!reduced) return read(price_, &Product::mutable_price_range);
    return read(sale_price_, &Product::mutable_price_range) &&
           read(price_, &Product::mutable_list_price_range);
  }

  [[nodiscard]] std::vector<NamedValues> attributes_of(const CsvRecord& record) const {
    std::vector<NamedValues> attributes;
    for (const auto& [name, values] : named_) {
      NamedValues attribute{woo_text(name.of(record)), woo_list(values.of(record))};
      // A variation without a value is for any of them.
      if (!attribute.name.empty() && !attribute.values.empty()) {
        attributes.push_back(std::move(attribute));
      }
    }
    return attributes;
  }

  static void set_attribute(Product& product, const NamedValues& attribute) {
    std::string& text = (*product.mutable_attributes())[to_lower(attribute.name)];
    for (const std::string& value : attribute.values)
      text += (text.empty() ? "" : ", ") + value;
  }

  void add_codes(const CsvRecord& record, Product& product) const {
    auto& attributes = *product.mutable_attributes();
    const std::string sku = woo_text(sku_.of(record));
    const std::string gtin = woo_text(gtin_.of(record));
    if (!sku.empty()) attributes["sku"] = sku;
    if (!gtin.empty()) attributes["gtin"] = gtin;
  }

  /// Empty when nothing is counted: "parent" says that the product's level counts.
  std::string level_of(const CsvRecord& record, EventSink& sink) const {
    std::string text = woo_text(stock_.of(record));
    if (text.empty() || to_lower(text) == "parent") return {};
    if (parse_number(text)) return text;
    sink.reject(record.line, "the stock is not a number; the product is imported", record.text);
    return {};
  }

  /// Puts a variation to its parent; what stands against it, else nothing.
  std::string join(Variation& variation) {
    std::string id = variation.parent;
    if (id.starts_with("id:")) {
      id.erase(0, 3);
    } else if (const auto of_sku = id_of_sku_.find(id); of_sku != id_of_sku_.end()) {
      id = of_sku->second;
    }
    const auto parent = parents_.find(id);
    if (parent == parents_.end()) return "its parent is no variable product of this file";
    Product& product = parent->second.product;
    if (product.variants_size() >= kMaxVariants) {
      return "its product has " + std::to_string(kMaxVariants) + " variants already";
    }
    variation.parent = std::move(id);  // from here on the product's id
    levels_[variation.parent].emplace_back(variation.variant.id(), variation.level);
    *product.add_variants() = std::move(variation.variant);
    return {};
  }

  void give_parent(Parent& parent, EventSink& sink) {
    Product& product = parent.product;
    for (const NamedValues& attribute : parent.attributes) {
      const bool chosen = std::any_of(
          product.variants().begin(), product.variants().end(), [&](const Variant& variant) {
            return std::any_of(variant.options().begin(), variant.options().end(),
                               [&](const auto& option) { return option.name() == attribute.name; });
          });
      if (!chosen) {
        set_attribute(product, attribute);
        continue;
      }
      souk::v1::ProductOption& option = *product.add_options();
      option.set_name(attribute.name);
      for (const std::string& value : attribute.values)
        option.add_values()->set_label(value);
    }
    collect_options(product);
    set_ranges_from_variants(product);
    const std::string id = product.id();
    give(std::move(product), parent.line, sink);
    give_level(id, {}, parent.level, parent.line, sink);
    for (const auto& [variant, level] : levels_[id])
      give_level(id, variant, level, parent.line, sink);
  }

  static void give(Product&& product, std::uint64_t line, EventSink& sink) {
    souk::v1::Event event;
    *event.mutable_product_upserted()->mutable_product() = std::move(product);
    sink.event(std::move(event), line);
  }

  static void give_level(const std::string& product, const std::string& variant,
                         const std::string& level, std::uint64_t line, EventSink& sink) {
    const auto available = parse_number(level);
    if (!available) return;
    souk::v1::Event event;
    event.mutable_inventory_set()->set_product_id(product);
    event.mutable_inventory_set()->set_variant_id(variant);
    event.mutable_inventory_set()->set_available(*available);
    sink.event(std::move(event), line);
  }

  const std::string currency_;
  const std::int64_t now_us_;
  Column id_, type_, sku_, gtin_, title_, published_, featured_, visibility_, short_description_,
      description_, in_stock_, stock_, backorders_, price_, sale_price_, sale_starts_, sale_ends_,
      categories_, tags_, brand_, images_, url_, parent_;
  std::vector<std::pair<Column, Column>> named_;  ///< columns of names and of values
  std::unordered_set<std::string> ids_;
  std::map<std::string, Parent> parents_;  ///< by id
  std::map<std::string, std::string> id_of_sku_;
  std::vector<Variation> variations_;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> levels_;
};

}  // namespace

std::unique_ptr<Mapper> make_woocommerce_product_mapper(Columns& columns,
                                                        const MapperSettings& settings) {
  return std::make_unique<WooCommerceProductMapper>(columns, settings);
}

}  // namespace souk::cli
