// A record's attributes, by the names that catalogs use for them, as the fields of a product.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "kernel/gateway/algolia/record.hpp"
#include "kernel/gateway/tracking/properties.hpp"
#include "kernel/log/entity_changes.hpp"

namespace souk::gateway {
namespace {

namespace protobuf = google::protobuf;
using souk::v1::Product;

constexpr double kMaxMinorUnits = 9e15;

/// The attributes of a record, each looked at once: what nothing took is an attribute.
class Attributes {
 public:
  explicit Attributes(const Record& record) : record_(record) { taken_.insert("objectID"); }

  /// The first of these that is there; nullptr when none is.
  const protobuf::Value* take(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const auto it = record_.fields().find(name);
      if (it == record_.fields().end() || it->second.has_null_value()) continue;
      taken_.insert(name);
      return &it->second;
    }
    return nullptr;
  }
  std::string take_text(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const auto it = record_.fields().find(name);
      if (it == record_.fields().end() || !it->second.has_string_value()) continue;
      taken_.insert(name);
      return it->second.string_value();
    }
    return {};
  }
  bool take_number(std::initializer_list<const char*> names, double& number) {
    for (const char* name : names) {
      const auto it = record_.fields().find(name);
      if (it == record_.fields().end()) continue;
      const protobuf::Value& value = it->second;
      if (value.has_number_value()) {
        number = value.number_value();
      } else if (!value.has_string_value() || !tolerant_number(value.string_value(), number)) {
        continue;
      }
      taken_.insert(name);
      return std::isfinite(number);
    }
    return false;
  }
  [[nodiscard]] bool taken(const std::string& name) const { return taken_.contains(name); }

 private:
  const Record& record_;
  std::set<std::string> taken_;
};

void add_prices(Attributes& attributes, std::string_view store_currency, Product& product) {
  const std::string named = attributes.take_text({"currency", "price_currency"});
  const bool is_code = named.size() == 3 && std::all_of(named.begin(), named.end(), [](char c) {
                         return c >= 'A' && c <= 'Z';
                       });
  const std::string_view currency = is_code ? std::string_view(named) : store_currency;
  const auto fill = [&](double major, souk::v1::PriceRange& range) {
    const double minor = std::round(major * log::minor_units_of(currency));
    if (minor < 0 || minor > kMaxMinorUnits) return;
    for (souk::v1::Money* money : {range.mutable_min(), range.mutable_max()}) {
      money->set_amount(static_cast<std::int64_t>(minor));
      if (is_code) money->set_currency(named);
    }
  };
  double price = 0;
  if (!attributes.take_number({"price", "sale_price", "salePrice", "unit_price"}, price)) return;
  fill(price, *product.mutable_price_range());
  double list = 0;
  if (attributes.take_number(
          {"list_price", "listPrice", "regular_price", "original_price", "compare_at_price"},
          list)) {
    fill(list, *product.mutable_list_price_range());
  }
}

/// Each text of a value that is one or a list of them.
template <class Visit>
void for_each_text(const protobuf::Value& value, Visit&& visit) {
  if (value.has_string_value()) visit(value.string_value());
  for (const protobuf::Value& one : value.list_value().values()) {
    if (one.has_string_value()) visit(one.string_value());
  }
}

/// {"lvl0": "A", "lvl1": ["A > B", "A > C"]}: the paths of the deepest level are all there is.
void add_levels(const protobuf::Value& levels, std::vector<std::string>& paths) {
  for (int level = 9; level >= 0; --level) {
    const auto it = levels.struct_value().fields().find("lvl" + std::to_string(level));
    if (it == levels.struct_value().fields().end()) continue;
    for_each_text(it->second, [&paths](const std::string& path) {
      const bool below = std::any_of(paths.begin(), paths.end(), [&path](const std::string& known) {
        return known.starts_with(path + " > ") || known == path;
      });
      if (!below && !path.empty()) paths.push_back(path);
    });
  }
}

void add_categories(Attributes& attributes, Product& product) {
  std::vector<std::string> paths;
  for (const char* name : {"hierarchicalCategories", "hierarchical_categories", "categories",
                           "category", "product_type"}) {
    const protobuf::Value* value = attributes.take({name});
    if (value == nullptr) continue;
    if (value->has_struct_value()) {
      add_levels(*value, paths);
      continue;
    }
    for_each_text(*value, [&paths](const std::string& text) {
      const bool known = std::any_of(paths.begin(), paths.end(), [&text](const std::string& path) {
        return path == text || path.starts_with(text + " > ") || path.ends_with(" > " + text) ||
               path.find(" > " + text + " > ") != std::string::npos;
      });
      if (!known && !text.empty()) paths.push_back(text);
    });
  }
  for (std::string& path : paths)
    product.add_categories()->set_value(std::move(path));
}

void add_media(Attributes& attributes, Product& product) {
  for (const char* name : {"image", "image_url", "imageUrl", "image_link", "thumbnail",
                           "thumbnailImage", "largeImage", "images"}) {
    const protobuf::Value* value = attributes.take({name});
    if (value == nullptr) continue;
    for_each_text(*value, [&product](const std::string& url) {
      if (product.media_size() >= 20 || url.empty()) return;
      auto* media = product.add_media();
      media->set_type("image");
      media->set_url(url);
    });
  }
}

void add_availability(Attributes& attributes, Product& product) {
  const protobuf::Value* said =
      attributes.take({"in_stock", "inStock", "available", "is_in_stock"});
  if (said != nullptr && said->has_bool_value()) {
    product.mutable_availability()->set_available(said->bool_value());
    return;
  }
  double quantity = 0;
  if (attributes.take_number({"stock", "inventory_quantity", "stock_quantity"}, quantity)) {
    product.mutable_availability()->set_available(quantity > 0);
  }
}

std::string number_text(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return std::string(text, end);
}

/// Texts, numbers and truth values, those of objects under names with dots. Lists are left to the
/// record: an attribute is one value.
void add_attributes(const Record& record, const std::string& prefix, const Attributes& attributes,
                    Product& product) {
  for (const auto& [name, value] : record.fields()) {
    if (prefix.empty() && attributes.taken(name)) continue;
    if (product.attributes_size() >= 200) return;
    std::string text;
    if (value.has_string_value()) {
      text = value.string_value();
    } else if (value.has_number_value()) {
      text = number_text(value.number_value());
    } else if (value.has_bool_value()) {
      text = value.bool_value() ? "true" : "false";
    } else if (value.has_struct_value() && name != "_geoloc") {
      add_attributes(value.struct_value(), prefix + name + ".", attributes, product);
    }
    if (!text.empty() && text.size() <= 1'024) {
      (*product.mutable_attributes())[prefix + name] = std::move(text);
    }
  }
}

}  // namespace

Product product_of(const Record& record, std::string_view currency) {
  Product product;
  Attributes attributes(record);
  product.set_id(record_id(record));
  product.set_title(attributes.take_text({"name", "title", "product_name", "productName"}));
  std::string description =
      attributes.take_text({"description", "shortDescription", "longDescription", "body"});
  if (description.find("</") != std::string::npos) {
    product.mutable_description()->set_html(std::move(description));
  } else if (!description.empty()) {
    product.mutable_description()->set_plain(std::move(description));
  }
  product.set_brand(attributes.take_text({"brand", "manufacturer", "vendor"}));
  product.set_url(attributes.take_text({"url", "link", "product_url", "productUrl"}));
  product.set_handle(attributes.take_text({"handle", "slug"}));
  add_prices(attributes, currency, product);
  add_categories(attributes, product);
  add_media(attributes, product);
  add_availability(attributes, product);
  double rating = 0;
  if (attributes.take_number({"rating", "average_rating", "stars"}, rating) && rating >= 0) {
    product.mutable_rating()->set_value(rating);
    double count = 0;
    if (attributes.take_number(
            {"rating_count", "ratingCount", "reviews_count", "review_count", "ratingsNumber"},
            count) &&
        count >= 0 && count < 4e9) {
      product.mutable_rating()->set_count(static_cast<std::uint32_t>(count));
    }
  }
  if (const protobuf::Value* tags = attributes.take({"_tags", "tags"})) {
    for_each_text(*tags, [&product](const std::string& tag) {
      if (product.tags_size() < 200) product.add_tags(tag);
    });
  }
  add_attributes(record, {}, attributes, product);
  *(*product.mutable_metadata()->mutable_fields())[kRecordMember].mutable_struct_value() = record;
  return product;
}

}  // namespace souk::gateway
