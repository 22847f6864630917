// Products, one line a product or a variant: Google Merchant feeds, and files of anybody's own.
//
// Lines that share an item_group_id are variants of one product; they are held until the file is
// read, all others are passed on at once.
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/pool.hpp"
#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/product_parts.hpp"
#include "tools/souk/import/values.hpp"
#include "tools/souk/import/variant_groups.hpp"

namespace souk::cli {
namespace {

class ProductMapper final : public Mapper {
 public:
  ProductMapper(Columns& columns, const MapperSettings& settings)
      : google_(columns.has({"id", "title", "link", "price"})),
        currency_of_store_(settings.currency),
        now_us_(settings.now_us),
        id_(columns.need("id", {"product_id", "item_id", "sku", "handle"})),
        title_(columns.need("title", {"name", "product_name", "product_title"})),
        description_(columns.find("description", {"body", "body_html", "short_description"})),
        url_(columns.find("url", {"link", "product_url", "permalink"})),
        image_(columns.find("image", {"image_link", "image_url", "images", "image_src"})),
        more_images_(columns.find("additional_images", {"additional_image_link"})),
        category_(columns.find("category", {"product_type", "categories", "category_path"})),
        google_category_(columns.find("google_category", {"google_product_category"})),
        price_(columns.find("price", {"regular_price", "unit_price"})),
        sale_price_(columns.find("sale_price")),
        sale_period_(columns.find("sale_price_effective_date")),
        list_price_(columns.find("list_price", {"compare_at_price", "msrp", "rrp"})),
        currency_(columns.find("currency")),
        brand_(columns.find("brand", {"vendor", "manufacturer"})),
        availability_(columns.find("availability")),
        in_stock_(columns.find("in_stock", {"in_stock?"})),
        stock_(columns.find("stock", {"quantity", "qty", "inventory", "inventory_quantity"})),
        tags_(columns.find("tags")),
        attributes_(columns.find("attributes")),
        published_(columns.find("published", {"status", "visible"})),
        group_(columns.find("group", {"item_group_id", "parent", "parent_id"})),
        created_(columns.find("created_at", {"created", "date_created"})) {
    for (const char* name : {"sku", "gtin", "ean", "upc", "mpn", "color", "colour", "size",
                             "material", "pattern", "gender", "age_group", "condition"}) {
      if (const Column column = columns.find(name); column.present())
        more_.emplace_back(name, column);
    }
    for (int i = 0; google_ && i <= 4; ++i)
      labels_.push_back(columns.find("custom_label_" + std::to_string(i)));
  }

  void record(const CsvRecord& record, EventSink& sink) override {
    souk::v1::Product product;
    std::string reason;
    if (!fill(record, product, sink, reason)) {
      return sink.reject(record.line, reason, record.text);
    }
    const std::string_view group = group_.of(record);
    if (group.empty()) {
      give(std::move(product), record.line, sink);
    } else if (!groups_.add(group, std::move(product), record.line, reason)) {
      return sink.reject(record.line, reason, record.text);
    }
    give_stock(record, group, sink);
  }

  void finish(EventSink& sink) override { groups_.finish(sink); }

  [[nodiscard]] std::uint64_t held() const override { return groups_.size(); }
  [[nodiscard]] std::string_view format() const noexcept override {
    return google_ ? "Google Merchant feed" : "products";
  }

 private:
  bool fill(const CsvRecord& record, souk::v1::Product& product, EventSink& sink,
            std::string& reason) const {
    const std::string_view id = id_.of(record);
    if (id.empty()) {
      reason = "the product has no id";
      return false;
    }
    product.set_id(std::string(id));
    product.set_title(std::string(title_.of(record)));
    if (product.title().empty()) {
      reason = "the product has no title";
      return false;
    }
    set_description(product, description_.of(record));
    product.set_url(std::string(url_.of(record)));
    product.set_brand(std::string(brand_.of(record)));
    for (const std::string_view url : split_urls(image_.of(record)))
      add_image(product, url);
    for (const std::string_view url : split_urls(more_images_.of(record))) {
      add_image(product, url);
    }
    for (const std::string_view tag : split_list(tags_.of(record), ',')) {
      product.add_tags(std::string(tag));
    }
    for (const Column& label : labels_) {
      if (!label.of(record).empty()) product.add_tags(std::string(label.of(record)));
    }
    add_categories(record, product);
    if (const auto created = parse_time(created_.of(record))) {
      set_time(*product.mutable_created_at(), *created);
    }
    if (const auto published = parse_bool(published_.of(record))) product.set_hidden(!*published);
    if (!availability_.of(record).empty()) {
      if (!set_availability(*product.mutable_availability(), availability_.of(record))) {
        product.clear_availability();
        sink.note("availability that is no known word, left out", 1);
      }
    } else if (const auto in_stock = parse_bool(in_stock_.of(record))) {
      product.mutable_availability()->set_available(*in_stock);
    }
    return add_attributes(record, product, reason) && add_prices(record, product, reason);
  }

  void add_categories(const CsvRecord& record, souk::v1::Product& product) const {
    // A comma is part of a name.
    for (const std::string_view path : split_list(category_.of(record), '\n')) {
      product.add_categories()->set_value(std::string(path));
    }
    if (const std::string_view google = google_category_.of(record); !google.empty()) {
      souk::v1::Category& category = *product.add_categories();
      category.set_value(std::string(google));
      category.set_taxonomy("google");
    }
  }

  bool add_attributes(const CsvRecord& record, souk::v1::Product& product,
                      std::string& reason) const {
    auto& attributes = *product.mutable_attributes();
    for (const auto& [name, column] : more_) {
      if (const std::string_view value = column.of(record); !value.empty()) {
        attributes[name] = std::string(value);
      }
    }
    const std::string_view json = attributes_.of(record);
    if (json.empty()) return true;
    static const schema::Field& field =
        *schema::DescriptorPool::builtin().message("souk.v1.Product")->find("attributes");
    std::string wire;
    if (const Status status = schema::json_to_field(field, json, wire); !status.ok()) {
      reason = "attributes: " + status.message();
      return false;
    }
    souk::v1::Product parsed;
    if (parsed.ParseFromString(wire)) product.MergeFrom(parsed);
    return true;
  }

  bool add_prices(const CsvRecord& record, souk::v1::Product& product, std::string& reason) const {
    const std::string_view named = currency_.of(record);
    const auto read = [&](const Column& column,
                          souk::v1::PriceRange* (souk::v1::Product::*range)()) {
      const std::string_view text = column.of(record);
      if (text.empty()) return true;
      souk::v1::Money money;
      if (!read_money(text, named.empty() ? currency_of_store_ : named, money, reason)) {
        return false;
      }
      if (money.currency().empty()) money.set_currency(std::string(named));
      *(product.*range)()->mutable_min() = money;
      *(product.*range)()->mutable_max() = money;
      return true;
    };
    const std::string_view period = sale_period_.of(record);
    const std::size_t slash = std::min(period.find('/'), period.size());
    const bool reduced = !sale_price_.of(record).empty() &&
                         sale_holds(period.substr(0, slash),
                                    period.substr(std::min(slash + 1, period.size())), now_us_);
    return read(reduced ? sale_price_ : price_, &souk::v1::Product::mutable_price_range) &&
           read(reduced ? price_ : list_price_, &souk::v1::Product::mutable_list_price_range);
  }

  static void give(souk::v1::Product&& product, std::uint64_t line, EventSink& sink) {
    souk::v1::Event event;
    *event.mutable_product_upserted()->mutable_product() = std::move(product);
    sink.event(std::move(event), line);
  }

  void give_stock(const CsvRecord& record, std::string_view group, EventSink& sink) {
    const std::string_view text = stock_.of(record);
    if (text.empty()) return;
    const auto available = parse_number(text);
    if (!available) {
      return sink.reject(record.line, "the stock is not a number; the product is imported",
                         record.text);
    }
    souk::v1::Event event;
    souk::v1::InventorySet& level = *event.mutable_inventory_set();
    const std::string_view id = id_.of(record);
    level.set_product_id(std::string(group.empty() ? id : group));
    if (!group.empty()) level.set_variant_id(std::string(id));
    level.set_available(*available);
    sink.event(std::move(event), record.line);
  }

  const bool google_;
  const std::string currency_of_store_;
  const std::int64_t now_us_;
  Column id_, title_, description_, url_, image_, more_images_, category_, google_category_, price_,
      sale_price_, sale_period_, list_price_, currency_, brand_, availability_, in_stock_, stock_,
      tags_, attributes_, published_, group_, created_;
  std::vector<std::pair<std::string, Column>> more_;  ///< columns that become attributes
  std::vector<Column> labels_;                        ///< custom_label_0 to 4
  VariantGroups groups_;
};

}  // namespace

std::unique_ptr<Mapper> make_product_mapper(Columns& columns, const MapperSettings& settings) {
  return std::make_unique<ProductMapper>(columns, settings);
}

}  // namespace souk::cli
