#include "plugins/recommendations/fold/product_content.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace souk::recommendations {
namespace {

constexpr int kMostChoices = 4;

// Of a page only the words count, and of those only the first.
std::string without_tags(std::string_view html) {
  constexpr std::size_t kEnough = 2000;
  std::string text;
  bool inside = false;
  for (const char c : html.substr(0, 4 * kEnough)) {
    if (c == '<') inside = true;
    text.push_back(inside ? ' ' : c);
    if (c == '>') inside = false;
  }
  return text;
}

std::string text_of(const souk::v1::Description& description) {
  if (!description.plain().empty()) return description.plain();
  return description.markdown().empty() ? without_tags(description.html()) : description.markdown();
}

}  // namespace

void read_content(const souk::v1::Product& product, std::int64_t price_minor,
                  ContentFeatures& features) {
  std::vector<std::string_view> categories;
  for (const auto& category : product.categories())
    categories.push_back(category.value());
  std::vector<ContentFacts::Attribute> attributes;
  for (const auto& [name, value] : product.attributes())
    attributes.emplace_back(name, value);
  // The order of a hash table must not decide which features find room.
  std::sort(attributes.begin(), attributes.end());
  for (const auto& option : product.options()) {
    if (option.values_size() > kMostChoices) continue;
    for (const auto& value : option.values())
      attributes.emplace_back(option.name(), value.label());
  }
  std::vector<std::string_view> tags(product.tags().begin(), product.tags().end());
  const std::string description = text_of(product.description());
  ContentFacts facts;
  facts.title = product.title();
  facts.description = description;
  facts.brand = product.brand();
  facts.categories = categories;
  facts.attributes = attributes;
  facts.tags = tags;
  facts.price_minor = price_minor;
  features.read(facts);
}

}  // namespace souk::recommendations
