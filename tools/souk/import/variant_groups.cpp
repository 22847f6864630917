#include "tools/souk/import/variant_groups.hpp"

#include <algorithm>
#include <array>

#include "tools/souk/import/product_parts.hpp"

namespace souk::cli {
namespace {

using souk::v1::Product;
using souk::v1::Variant;

// In the order in which shops ask for them.
constexpr std::array<std::string_view, 7> kChoices = {"color",   "colour", "size",     "material",
                                                      "pattern", "gender", "age_group"};
constexpr std::array<std::string_view, 5> kCodes = {"gtin", "ean", "upc", "isbn", "mpn"};

bool all_say(const std::vector<Product>& rows, const std::string& name, const std::string& value) {
  return std::all_of(rows.begin(), rows.end(), [&](const Product& row) {
    const auto found = row.attributes().find(name);
    return found != row.attributes().end() && found->second == value;
  });
}

bool all_tagged(const std::vector<Product>& rows, const std::string& tag) {
  return std::all_of(rows.begin(), rows.end(), [&](const Product& row) {
    return std::find(row.tags().begin(), row.tags().end(), tag) != row.tags().end();
  });
}

/// What the trade knows the variant by; never the product's, even in a group of one.
void take_codes(Product& row, Variant& variant) {
  auto& attributes = *row.mutable_attributes();
  if (const auto sku = attributes.find("sku"); sku != attributes.end()) {
    variant.set_sku(sku->second);
    attributes.erase(sku);
  }
  for (const std::string_view name : kCodes) {
    const auto code = attributes.find(std::string(name));
    if (code == attributes.end()) continue;
    souk::v1::Barcode& barcode = *variant.add_barcodes();
    barcode.set_type(std::string(name));
    barcode.set_value(code->second);
    attributes.erase(code);
  }
  if (const auto condition = attributes.find("condition"); condition != attributes.end()) {
    variant.set_condition(condition->second);
    attributes.erase(condition);
  }
}

/// Options and attributes that not all rows share.
void take_differences(const std::vector<Product>& rows, const Product& row, Variant& variant) {
  for (const std::string_view choice : kChoices) {
    const auto found = row.attributes().find(std::string(choice));
    if (found == row.attributes().end() || all_say(rows, found->first, found->second)) continue;
    souk::v1::SelectedOption& option = *variant.add_options();
    option.set_name(found->first);
    option.set_label(found->second);
  }
  for (const auto& [name, value] : row.attributes()) {
    if (std::find(kChoices.begin(), kChoices.end(), name) != kChoices.end()) continue;
    if (!all_say(rows, name, value)) (*variant.mutable_attributes())[name] = value;
  }
  for (const std::string& tag : row.tags()) {
    if (!all_tagged(rows, tag)) variant.add_tags(tag);
  }
}

Product shared_part(const std::vector<Product>& rows) {
  Product product = rows.front();
  product.clear_price_range();
  product.clear_list_price_range();
  product.clear_availability();
  product.clear_attributes();
  product.clear_tags();
  for (const auto& [name, value] : rows.front().attributes()) {
    if (all_say(rows, name, value)) (*product.mutable_attributes())[name] = value;
  }
  for (const std::string& tag : rows.front().tags()) {
    if (all_tagged(rows, tag)) product.add_tags(tag);
  }
  return product;
}

Variant variant_of(const Product& row, const Product& product) {
  Variant variant;
  variant.set_id(row.id());
  variant.set_title(row.title());
  if (row.has_price_range()) *variant.mutable_price() = row.price_range().min();
  if (row.has_list_price_range()) *variant.mutable_list_price() = row.list_price_range().min();
  if (row.has_availability()) *variant.mutable_availability() = row.availability();
  if (row.url() != product.url()) variant.set_url(row.url());
  const bool same_text = row.description().html() == product.description().html() &&
                         row.description().plain() == product.description().plain();
  if (row.has_description() && !same_text) *variant.mutable_description() = row.description();
  if (row.media_size() > 0 && product.media_size() > 0 &&
      row.media(0).url() != product.media(0).url()) {
    *variant.mutable_media() = row.media();
  }
  return variant;
}

/// True when some are shown and others not; the latter are gone then.
std::size_t drop_hidden(std::vector<Product>& rows) {
  const auto hidden =
      std::count_if(rows.begin(), rows.end(), [](const auto& r) { return r.hidden(); });
  const auto count = static_cast<std::size_t>(hidden);
  if (count == 0 || count == rows.size()) return 0;
  std::erase_if(rows, [](const Product& row) { return row.hidden(); });
  return count;
}

Product join(const std::string& id, std::vector<Product>& rows) {
  std::vector<Variant> codes(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    take_codes(rows[i], codes[i]);
  Product product = shared_part(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Variant variant = variant_of(rows[i], product);
    variant.MergeFrom(codes[i]);
    take_differences(rows, rows[i], variant);
    *product.add_variants() = std::move(variant);
  }
  product.set_id(id);
  collect_options(product);
  set_ranges_from_variants(product);
  return product;
}

}  // namespace

bool VariantGroups::add(std::string_view group, Product&& row, std::uint64_t line,
                        std::string& reason) {
  auto found = groups_.find(group);
  if (found == groups_.end()) found = groups_.emplace(std::string(group), Group{}).first;
  Group& held = found->second;
  if (held.rows.size() >= static_cast<std::size_t>(kMaxVariants)) {
    reason = "its product has " + std::to_string(kMaxVariants) + " variants already";
    return false;
  }
  if (!held.ids.insert(row.id()).second) {
    reason = "the variant stands in the file twice";
    return false;
  }
  if (held.rows.empty()) held.line = line;
  held.rows.push_back(std::move(row));
  return true;
}

void VariantGroups::finish(EventSink& sink) {
  for (auto& [id, group] : groups_) {
    if (const std::size_t dropped = drop_hidden(group.rows); dropped > 0) {
      sink.note("variants left out because they are not published", dropped);
    }
    souk::v1::Event event;
    *event.mutable_product_upserted()->mutable_product() = join(id, group.rows);
    sink.event(std::move(event), group.line);
  }
  groups_.clear();
}

void collect_options(Product& product) {
  for (const Variant& variant : product.variants()) {
    for (const auto& selected : variant.options()) {
      auto& options = *product.mutable_options();
      auto option = std::find_if(options.begin(), options.end(), [&](const auto& known) {
        return known.name() == selected.name();
      });
      if (option == options.end()) {
        product.add_options()->set_name(selected.name());
        option = std::prev(options.end());
      }
      const bool known =
          std::any_of(option->values().begin(), option->values().end(),
                      [&](const auto& value) { return value.label() == selected.label(); });
      if (!known) option->add_values()->set_label(selected.label());
    }
  }
}

}  // namespace souk::cli
