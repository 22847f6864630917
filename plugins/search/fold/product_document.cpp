#include "plugins/search/fold/product_document.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "plugins/search/fold/algolia_record.hpp"
#include "plugins/search/fold/product_vector.hpp"
#include "plugins/search/fold/searchable_attributes.hpp"
#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

using souk::v1::Availability;
using souk::v1::Product;

constexpr std::size_t kMostDescription = 20'000;  // bytes
constexpr std::string_view kLevel = " > ";

/// HTML without its tags; entities of more than a letter become spaces, which is enough to index.
std::string without_tags(std::string_view html) {
  std::string text;
  text.reserve(html.size());
  bool inside = false;
  for (const char c : html) {
    if (c == '<') inside = true;
    if (!inside) text += c;
    if (c == '>' && inside) {
      inside = false;
      text += ' ';
    }
  }
  return text;
}

void add_description(const souk::v1::Description& given, Document& document) {
  std::string text = given.plain();
  if (text.empty()) text = given.markdown();
  if (text.empty()) text = without_tags(given.html());
  if (text.empty()) return;
  if (text.size() > kMostDescription) text.resize(kMostDescription);
  document.text(Field::kDescription).push_back(std::move(text));
}

void add_value(Document& document, std::string attribute, const std::string& value) {
  if (value.empty()) return;
  const auto same = [&](const TextValue& other) {
    return other.attribute == attribute && other.value == value;
  };
  if (std::any_of(document.values.begin(), document.values.end(), same)) return;
  double number = 0;
  const char* const end = value.data() + value.size();
  const auto [read, error] = std::from_chars(value.data(), end, number);
  if (error == std::errc() && read == end && std::isfinite(number)) {
    document.numbers.push_back({attribute, number});
  }
  document.values.push_back({std::move(attribute), value});
}

void add_text(Document& document, Field field, const std::string& text) {
  if (text.empty()) return;
  auto& texts = document.text(field);
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
}

template <class Attributes>
void add_attributes(const Attributes& given, Document& document) {
  // The message's map has no order; documents of the same product are the same.
  const std::map<std::string, std::string> sorted(given.begin(), given.end());
  for (const auto& [name, value] : sorted) {
    add_value(document, "attributes." + lower_case(name), value);
    if (value == "true" || value == "yes") {
      add_text(document, Field::kAttributes, name);
    } else if (value != "false" && value != "no") {
      add_text(document, Field::kAttributes, value);
    }
  }
}

void add_categories(const Product& product, Document& document, ProductFacts& facts) {
  for (const auto& category : product.categories()) {
    const std::string& path = category.value();
    if (path.empty()) continue;
    add_value(document, "categories", path);
    for (std::size_t at = 0; at <= path.size();) {
      const std::size_t end = std::min(path.find(kLevel, at), path.size());
      add_text(document, Field::kCategory, path.substr(at, end - at));
      at = end + kLevel.size();
    }
    if (facts.category != 0) continue;
    facts.category = key_of(path);
    const std::size_t parent = path.rfind(kLevel);
    if (parent != std::string::npos) facts.parent = key_of(path.substr(0, parent));
  }
}

void add_variants(const Product& product, Document& document) {
  for (const auto& option : product.options()) {
    for (const auto& value : option.values()) {
      add_value(document, "options." + lower_case(option.name()), value.label());
      add_text(document, Field::kAttributes, value.label());
    }
  }
  for (const auto& variant : product.variants()) {
    add_text(document, Field::kCodes, variant.id());
    add_text(document, Field::kCodes, variant.sku());
    for (const auto& code : variant.barcodes())
      add_text(document, Field::kCodes, code.value());
    add_text(document, Field::kAttributes, variant.title());
    for (const auto& option : variant.options()) {
      add_value(document, "options." + lower_case(option.name()), option.label());
      add_text(document, Field::kAttributes, option.label());
    }
    for (const auto& tag : variant.tags()) {
      add_value(document, "tags", tag);
      add_text(document, Field::kTags, tag);
    }
    add_attributes(variant.attributes(), document);
    if (!variant.sku().empty()) add_value(document, "sku", variant.sku());
    if (variant.has_description()) add_description(variant.description(), document);
  }
}

bool declared_sellable(const Availability& given) {
  if (given.has_available()) return given.available();
  return given.status() != Availability::out_of_stock &&
         given.status() != Availability::discontinued;
}
bool without_stock(const Availability& given) {
  return given.status() == Availability::backorder || given.status() == Availability::preorder;
}

bool sellable(const Product& product, const StockState& stock) {
  if (product.has_availability()) {
    if (!declared_sellable(product.availability())) return false;
    if (without_stock(product.availability())) return true;
  }
  if (product.variants_size() > 0) {
    const auto& variants = product.variants();
    if (std::any_of(variants.begin(), variants.end(),
                    [](const auto& v) { return without_stock(v.availability()); })) {
      return true;
    }
    if (std::none_of(variants.begin(), variants.end(),
                     [](const auto& v) { return declared_sellable(v.availability()); })) {
      return false;
    }
  }
  return !stock.counted || stock.sellable;
}

void add_prices(const Product& product, const DocumentOptions& options, Document& document,
                ProductFacts& facts) {
  const auto major = [&](const souk::v1::Money& money) {
    return static_cast<double>(money.amount()) /
           minor_units(money.currency().empty() ? options.currency : money.currency());
  };
  if (!product.has_price_range()) return;
  const double price = major(product.price_range().min());
  facts.price = static_cast<float>(price);
  document.numbers.push_back({"price", price});
  if (product.price_range().has_max()) {
    document.numbers.push_back({"max_price", major(product.price_range().max())});
  }
  if (product.has_list_price_range()) {
    const double list = major(product.list_price_range().min());
    document.numbers.push_back({"list_price", list});
    add_value(document, "on_sale", list > price ? "true" : "false");
    if (list > 0) document.numbers.push_back({"discount", std::max(0.0, 1 - price / list)});
  }
  for (const auto& variant : product.variants()) {
    if (!variant.has_cost() || price <= 0) continue;
    facts.margin = static_cast<float>(1 - major(variant.cost()) / price);
    break;
  }
}

void add_rating(const Product& product, Document& document, ProductFacts& facts) {
  // As if each product had ten more ratings, at 70 of 100: one enthusiast is no proof.
  constexpr double kPriorRatings = 10;
  constexpr double kPriorRating = 0.7;
  double sum = kPriorRating * kPriorRatings;
  double count = kPriorRatings;
  if (product.has_rating()) {
    const double best = product.rating().scale_max() > 0 ? product.rating().scale_max() : 5;
    const double share = std::clamp(product.rating().value() / best, 0.0, 1.0);
    sum += share * product.rating().count();
    count += product.rating().count();
    document.numbers.push_back({"rating", product.rating().value()});
    document.numbers.push_back({"rating_count", static_cast<double>(product.rating().count())});
  }
  facts.rating = static_cast<float>(sum / count);
}

void add_times(const Product& product, Document& document, ProductFacts& facts) {
  const auto add = [&](const char* name, bool given, const google::protobuf::Timestamp& time) {
    if (!given || time.seconds() <= 0) return;
    document.numbers.push_back({name, static_cast<double>(time.seconds())});
    if (facts.since_s == 0) facts.since_s = static_cast<std::uint32_t>(time.seconds());
  };
  add("published_at", product.has_published_at(), product.published_at());
  add("created_at", product.has_created_at(), product.created_at());
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return made;
}

double minor_units(std::string_view currency) {
  static constexpr std::array<std::string_view, 17> kNone = {
      "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
      "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
  static constexpr std::array<std::string_view, 7> kThousand = {"BHD", "IQD", "JOD", "KWD",
                                                                "LYD", "OMR", "TND"};
  if (std::find(kNone.begin(), kNone.end(), currency) != kNone.end()) return 1;
  if (std::find(kThousand.begin(), kThousand.end(), currency) != kThousand.end()) return 1000;
  return 100;
}

void read_product(const Product& product, std::string source, const StockState& stock,
                  const DocumentOptions& options, ProductEntry& entry) {
  Document& document = entry.document;
  document = Document();
  entry.facts = ProductFacts();
  entry.stock = stock;
  entry.key = key_of(product.id());
  document.id = product.id();
  document.source = std::move(source);
  add_text(document, Field::kTitle, product.title());
  if (!product.brand().empty()) {
    add_text(document, Field::kBrand, product.brand());
    add_value(document, "brand", product.brand());
    entry.facts.brand = key_of(normalized(product.brand()));
  }
  add_categories(product, document, entry.facts);
  for (const auto& tag : product.tags()) {
    add_value(document, "tags", tag);
    add_text(document, Field::kTags, tag);
  }
  add_text(document, Field::kCodes, product.id());
  add_text(document, Field::kCodes, product.handle());
  add_attributes(product.attributes(), document);
  add_variants(product, document);
  if (product.has_description()) add_description(product.description(), document);
  add_algolia_record(product, document);
  add_prices(product, options, document, entry.facts);
  add_rating(product, document, entry.facts);
  add_times(product, document, entry.facts);
  entry.facts.sellable = sellable(product, stock);
  entry.facts.sizes = sizes_of(product, stock);
  add_value(document, "available", entry.facts.sellable ? "true" : "false");
  add_value(document, "availability", entry.facts.sellable ? "in_stock" : "out_of_stock");
  if (stock.counted) document.numbers.push_back({"stock", stock.quantity});
  add_value(document, "id", product.id());
  document.quality = (entry.facts.sellable ? 1 : 0) + entry.facts.rating;
  if (!options.searchable.empty()) keep_searchable(options.searchable, document);
  if (!options.group_by.empty()) {
    const std::string name = lower_case(options.group_by);
    for (const TextValue& value : document.values) {
      if (value.attribute == name || value.attribute == "attributes." + name) {
        document.group = value.value;
        break;
      }
    }
  }
  entry.only_accounts.assign(product.only_account_ids().begin(), product.only_account_ids().end());
  entry.excluded_accounts.assign(product.excluded_account_ids().begin(),
                                 product.excluded_account_ids().end());
}

std::string product_source(const Product& product) {
  std::string bytes;
  if (product.vector_size() > 0) {
    Product without = product;
    without.clear_vector();
    bytes = product_source(without);
    append_stored_vector(product, bytes);
    return bytes;
  }
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    product.SerializeToCodedStream(&out);
  }
  return bytes;
}

}  // namespace souk::search
