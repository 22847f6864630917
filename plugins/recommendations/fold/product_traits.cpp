#include "plugins/recommendations/fold/product_traits.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/recommendations/state/variant_text.hpp"

namespace souk::recommendations {
namespace {

constexpr double kUsualScale = 5;  // of ratings

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return made;
}

/// Words `name=value` of one product, not more than it may have.
class Attributes {
 public:
  explicit Attributes(Catalog& catalog) : catalog_(catalog) {}
  void add(std::string_view name, std::string_view value) {
    if (words_.size() >= Catalog::kMostAttributes || name.empty() || value.empty()) return;
    const std::uint32_t word = catalog_.word(lower(name) + "=" + lower(value));
    if (word != kNoItem && std::find(words_.begin(), words_.end(), word) == words_.end()) {
      words_.push_back(word);
    }
  }
  template <class Map>
  void add_map(const Map& map) {
    // Sorted: which ones find room may not depend on the order of a hash table.
    std::vector<std::pair<std::string_view, std::string_view>> sorted;
    for (const auto& entry : map)
      sorted.emplace_back(entry.first, entry.second);
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [name, value] : sorted)
      add(name, value);
  }
  SetId set() { return catalog_.set_of(words_); }

 private:
  Catalog& catalog_;
  std::vector<std::uint32_t> words_;
};

std::int64_t price_of(const souk::v1::Product& product) {
  if (product.price_range().has_min()) return product.price_range().min().amount();
  std::int64_t lowest = -1;
  for (const auto& variant : product.variants()) {
    if (!variant.has_price()) continue;
    const std::int64_t price = variant.price().amount();
    lowest = lowest < 0 ? price : std::min(lowest, price);
  }
  return lowest;
}

std::int64_t list_price_of(const souk::v1::Product& product) {
  if (product.list_price_range().has_min()) return product.list_price_range().min().amount();
  std::int64_t lowest = -1;
  for (const auto& variant : product.variants()) {
    if (!variant.has_list_price()) continue;
    const std::int64_t price = variant.list_price().amount();
    lowest = lowest < 0 ? price : std::min(lowest, price);
  }
  return lowest;
}

std::uint32_t since(const souk::v1::Product& product, std::uint32_t before, std::uint32_t now_s) {
  constexpr std::int64_t kEnd = 0xffffffff;
  for (const auto* time : {product.has_published_at() ? &product.published_at() : nullptr,
                           product.has_created_at() ? &product.created_at() : nullptr}) {
    if (time != nullptr && time->seconds() > 0 && time->seconds() < kEnd) {
      return static_cast<std::uint32_t>(time->seconds());
    }
  }
  return before != 0 ? before : now_s;
}

SetId variants_of(Catalog& catalog, const souk::v1::Product& product) {
  std::vector<std::uint32_t> words;
  for (const auto& variant : product.variants()) {
    if (words.size() >= Catalog::kMostVariants) break;
    std::string text =
        VariantText::begin(variant.id(), variant.has_price() ? variant.price().amount() : -1);
    for (const auto& option : variant.options())
      VariantText::add_option(text, option.name(), option.label());
    const std::uint32_t word = catalog.word(text);
    if (word != kNoItem) words.push_back(word);
  }
  return catalog.set_of(words);
}

}  // namespace

Catalog::Traits read_traits(Catalog& catalog, const souk::v1::Product& product,
                            const Catalog::Traits& before, std::uint32_t now_s) {
  Catalog::Traits traits;
  traits.price_minor = std::max<std::int64_t>(-1, price_of(product));
  traits.list_price_minor = std::max<std::int64_t>(-1, list_price_of(product));
  traits.brand = catalog.word(product.brand());
  Attributes attributes(catalog);
  attributes.add_map(product.attributes());
  for (const std::string& tag : product.tags())
    attributes.add("tag", tag);
  for (const auto& option : product.options()) {
    for (const auto& value : option.values())
      attributes.add(option.name(), value.label());
  }
  for (const auto& variant : product.variants()) {
    for (const auto& option : variant.options())
      attributes.add(option.name(), option.label());
    attributes.add_map(variant.attributes());
  }
  traits.attributes = attributes.set();
  traits.variants = variants_of(catalog, product);
  traits.since_s = since(product, before.since_s, now_s);
  const double scale =
      product.rating().scale_max() > 0 ? product.rating().scale_max() : kUsualScale;
  traits.ratings = product.rating().count();
  if (traits.ratings > 0) {
    traits.rating = static_cast<float>(std::clamp(product.rating().value() / scale, 0.0, 1.0));
  }
  return traits;
}

}  // namespace souk::recommendations
