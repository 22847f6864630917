#include "plugins/recommendations/state/product_sizes.hpp"

#include <algorithm>

#include "plugins/recommendations/state/variant_text.hpp"

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kScales = 8;  // systems a category has room for

bool same_letters(std::string_view a, std::string_view b) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return low(x) == low(y); });
}
}  // namespace

std::string_view size_label(const Catalog& catalog, std::uint32_t variant) {
  if (variant == kNoItem) return {};
  VariantText text(catalog.words().name(variant));
  for (auto option = text.next_option(); !option.first.empty(); option = text.next_option()) {
    if (names_size(option.first)) return option.second;
  }
  return {};
}

std::uint32_t find_variant(const Catalog& catalog, ItemId item, std::string_view id,
                           std::string_view name) {
  std::uint32_t found = kNoItem;
  catalog.sets().for_each(catalog.traits(item).variants, [&](std::uint32_t word) {
    VariantText text(catalog.words().name(word));
    bool matches = !id.empty() && text.id() == id;
    if (id.empty() && !name.empty()) {
      for (auto option = text.next_option(); !option.first.empty(); option = text.next_option())
        matches = matches || (names_size(option.first) && same_letters(option.second, name));
    }
    if (matches) found = word;
    return !matches;
  });
  return found;
}

ProductSizes::Kind ProductSizes::read(const Catalog& catalog, ItemId item) {
  sizes_.clear();
  bool unordered = false;
  SizeScale scale = SizeScale::letters;
  catalog.sets().for_each(catalog.traits(item).variants, [&](std::uint32_t word) {
    const std::string_view label = size_label(catalog, word);
    if (label.empty()) return true;
    const auto size = read_size(label);
    unordered = unordered || !size || (!sizes_.empty() && size->scale != scale);
    if (unordered) return false;
    scale = size->scale;
    const bool had = std::any_of(sizes_.begin(), sizes_.end(),
                                 [&](const Size& known) { return known.place == size->place; });
    if (!had) sizes_.push_back({word, size->place, label});
    return true;
  });
  if (unordered) return Kind::unordered;
  if (sizes_.empty()) return Kind::unknown;
  std::sort(sizes_.begin(), sizes_.end(),
            [](const Size& a, const Size& b) { return a.place < b.place; });
  find_context(catalog, item, scale);
  return Kind::ordered;
}

// Sizes are compared within a department ("Shoes", "Apparel"): the first level of the path.
void ProductSizes::find_context(const Catalog& catalog, ItemId item, SizeScale scale) {
  context_ = {};
  context_.item = item;
  context_.brand = catalog.traits(item).brand;
  context_.category = catalog.main_category(item);
  const std::string_view path =
      context_.category == kNoCategory ? "" : catalog.category_path(context_.category);
  const CategoryId department = catalog.category(path.substr(0, path.find(" > ")));
  const std::uint32_t part = department == kNoCategory ? 0 : department + 1;
  context_.system = part * kScales + static_cast<std::uint32_t>(scale);
  double step = 0;
  for (std::size_t i = 1; i < sizes_.size(); ++i) {
    const double gap = sizes_[i].place - sizes_[i - 1].place;
    step = step == 0 ? gap : std::min(step, gap);
  }
  context_.step = step > 0 ? step : 1;
}

const ProductSizes::Size* ProductSizes::of_variant(const Catalog& catalog,
                                                   std::uint32_t variant) const {
  const auto size = read_size(size_label(catalog, variant));
  if (!size) return nullptr;
  const auto found = std::find_if(sizes_.begin(), sizes_.end(),
                                  [&](const Size& known) { return known.place == size->place; });
  return found == sizes_.end() ? nullptr : &*found;
}

}  // namespace souk::recommendations
