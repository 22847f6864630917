// In which sizes a product comes, and which of them can be bought now.
#include <algorithm>
#include <array>
#include <string>

#include "plugins/search/fold/product_document.hpp"
#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

/// What shops call it, folded, in the languages that search reads.
constexpr std::array<std::string_view, 9> kNames = {
    "size", "grosse", "taille", "talla", "taglia", "maat", "tamanho", "storlek", "groesse"};

bool names_size(const std::string& option) {
  const std::string name = normalized(option);
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

std::uint16_t key_of_size(const std::string& label) {
  const std::uint64_t key = key_of(normalized(label));
  return key == 0 ? 0 : static_cast<std::uint16_t>(key % 65'535 + 1);
}

std::uint16_t size_of(const souk::v1::Variant& variant) {
  for (const auto& option : variant.options()) {
    if (names_size(option.name())) return key_of_size(option.label());
  }
  return 0;
}

bool can_be_bought(const souk::v1::Variant& variant, std::string_view product,
                   const StockState& stock) {
  using souk::v1::Availability;
  const Availability& given = variant.availability();
  if (given.has_available() && !given.available()) return false;
  if (!given.has_available() && (given.status() == Availability::out_of_stock ||
                                 given.status() == Availability::discontinued)) {
    return false;
  }
  // Where stock is counted by place, a level does not name the variant alone: then it is there.
  const std::uint64_t level = key_of(std::string(product) + ":" + variant.id());
  const std::uint64_t bit = std::uint64_t{1} << (level & 63);
  return (stock.none & bit) == 0 || (stock.some & bit) != 0;
}

}  // namespace

ProductSizes sizes_of(const souk::v1::Product& product, const StockState& stock) {
  ProductSizes made;
  std::size_t count = 0;
  for (const auto& variant : product.variants()) {
    const std::uint16_t size = size_of(variant);
    if (size == 0) continue;
    made.any = true;
    if (count == made.there.size()) break;
    if (made.has(size) || !can_be_bought(variant, product.id(), stock)) continue;
    made.there[count++] = size;
  }
  return made;
}

std::uint16_t size_of(const souk::v1::Product& product, std::string_view variant_id) {
  for (const auto& variant : product.variants()) {
    if (variant.id() == variant_id) return size_of(variant);
  }
  return 0;
}

}  // namespace souk::search
