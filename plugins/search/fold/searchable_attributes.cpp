#include "plugins/search/fold/searchable_attributes.hpp"

#include <algorithm>
#include <utility>

#include "plugins/search/fold/product_document.hpp"

namespace souk::search {
namespace {

struct Named {
  std::string_view name;
  Field field;
};
/// As the kernel reads records into products.
constexpr std::array<Named, 30> kNamed = {{
    {"name", Field::kTitle},
    {"title", Field::kTitle},
    {"product_name", Field::kTitle},
    {"productName", Field::kTitle},
    {"brand", Field::kBrand},
    {"manufacturer", Field::kBrand},
    {"vendor", Field::kBrand},
    {"categories", Field::kCategory},
    {"category", Field::kCategory},
    {"product_type", Field::kCategory},
    {"hierarchicalCategories", Field::kCategory},
    {"hierarchical_categories", Field::kCategory},
    {"tags", Field::kTags},
    {"_tags", Field::kTags},
    {"objectID", Field::kCodes},
    {"id", Field::kCodes},
    {"sku", Field::kCodes},
    {"mpn", Field::kCodes},
    {"gtin", Field::kCodes},
    {"ean", Field::kCodes},
    {"barcode", Field::kCodes},
    {"handle", Field::kCodes},
    {"slug", Field::kCodes},
    {"description", Field::kDescription},
    {"shortDescription", Field::kDescription},
    {"longDescription", Field::kDescription},
    {"short_description", Field::kDescription},
    {"long_description", Field::kDescription},
    {"body", Field::kDescription},
    {"content", Field::kDescription},
}};

/// "attributes.colour" and "options.colour" are "colour".
std::string_view plain(std::string_view attribute) {
  for (const std::string_view prefix : {"attributes.", "options."}) {
    if (attribute.starts_with(prefix)) return attribute.substr(prefix.size());
  }
  return attribute;
}

bool lists(const std::vector<std::string>& lowered, std::string_view attribute) {
  return std::any_of(lowered.begin(), lowered.end(), [attribute](const std::string& name) {
    return attribute == name || (attribute.size() > name.size() && attribute.starts_with(name) &&
                                 attribute[name.size()] == '.');
  });
}

}  // namespace

Field field_of_attribute(std::string_view attribute) {
  const std::string_view top = attribute.substr(0, attribute.find('.'));
  for (const Named& named : kNamed) {
    if (named.name == attribute || named.name == top) return named.field;
  }
  return Field::kAttributes;
}

void keep_searchable(const std::vector<std::string>& names, Document& document) {
  std::array<bool, kFields> kept{};
  std::vector<std::string> lowered;
  for (const std::string& name : names) {
    kept[static_cast<std::size_t>(field_of_attribute(name))] = true;
    lowered.push_back(lower_case(name));
  }
  std::vector<std::string> attributes;
  for (const TextValue& value : document.values) {
    const std::string_view name = plain(value.attribute);
    if (name == value.attribute || !lists(lowered, name)) continue;
    if (std::find(attributes.begin(), attributes.end(), value.value) != attributes.end()) continue;
    // A name of its own among those above, such as `content`: it is searched as what it is.
    const Field field = field_of_attribute(name);
    if (field == Field::kAttributes) {
      attributes.push_back(value.value);
    } else {
      auto& texts = document.text(field);
      if (std::find(texts.begin(), texts.end(), value.value) == texts.end()) {
        texts.push_back(value.value);
      }
    }
  }
  document.text(Field::kAttributes) = std::move(attributes);
  for (std::size_t field = 0; field < kFields; ++field) {
    if (!kept[field]) document.texts[field].clear();
  }
}

std::array<float, kFields> weights_in_order(const std::vector<std::string>& names,
                                            const std::array<float, kFields>& usual) {
  constexpr float kFirst = 4.0F;
  constexpr float kStep = 0.7F;
  std::array<float, kFields> weights = usual;
  std::array<bool, kFields> named{};
  float next = kFirst;
  for (const std::string& name : names) {
    const auto field = static_cast<std::size_t>(field_of_attribute(name));
    if (std::exchange(named[field], true)) continue;
    weights[field] = next;
    next *= kStep;
  }
  return weights;
}

}  // namespace souk::search
