// A product of the catalog → the document that is indexed, and what ranking wants to know of it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/document.hpp"
#include "souk/v1/product.souk.hpp"

namespace souk::search {

/// What the stock levels say of a product.
struct StockState {
  bool counted = false;  ///< there are levels
  bool sellable = true;  ///< one of them has some, or is not counted
  float quantity = 0;    ///< over all levels
  // Bits of levels' keys that have some, and that have none: which sizes are sold out.
  std::uint64_t some = 0;
  std::uint64_t none = 0;
  friend bool operator==(const StockState&, const StockState&) = default;
};

/// The sizes in which a product comes; see fold/product_sizes.cpp.
struct ProductSizes {
  bool any = false;                       ///< it comes in sizes
  std::array<std::uint16_t, 12> there{};  /// keys of those that can be bought now; 0: no more
  [[nodiscard]] bool has(std::uint16_t size) const {
    return std::find(there.begin(), there.end(), size) != there.end();
  }
};

/// What ranking looks at, without reading the product again.
struct ProductFacts {
  std::uint64_t brand = 0;                                 ///< key of the brand, folded; 0: none
  std::uint64_t category = 0;                              ///< key of the main category's path
  std::uint64_t parent = 0;                                ///< of the path above it
  float price = std::numeric_limits<float>::quiet_NaN();   ///< major units
  float margin = std::numeric_limits<float>::quiet_NaN();  ///< share of the price left after cost
  float rating = 0;                                        ///< 0 … 1, shrunk to the middle
  std::uint32_t since_s = 0;                               ///< first for sale; 0: not said
  bool sellable = true;
  ProductSizes sizes;
};

/// Shoes have other sizes than trousers: sizes are known by the category above the product's.
[[nodiscard]] inline std::uint64_t size_kind(const ProductFacts& facts) {
  return facts.parent != 0 ? facts.parent : facts.category;
}

/// A product, ready to be indexed.
struct ProductEntry {
  std::uint64_t key = 0;
  std::uint32_t number = 0;  ///< the index of its popularity
  StockState stock;
  ProductFacts facts;
  Document document;
  std::vector<std::string> only_accounts;
  std::vector<std::string> excluded_accounts;
};

struct DocumentOptions {
  std::string currency;                 ///< of prices without one
  std::string group_by;                 ///< attribute that variants share
  std::vector<std::string> searchable;  ///< attributes whose texts are searched; empty: all
  friend bool operator==(const DocumentOptions&, const DocumentOptions&) = default;
};

/// Names of attributes and options are told apart without regard to the case of ASCII letters.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Minor units of a currency in a major one: 100 for EUR, 1 for JPY.
[[nodiscard]] double minor_units(std::string_view currency);

/// Fills all but `number`. `source` are the bytes that the document keeps.
void read_product(const souk::v1::Product& product, std::string source, const StockState& stock,
                  const DocumentOptions& options, ProductEntry& entry);

[[nodiscard]] ProductSizes sizes_of(const souk::v1::Product& product, const StockState& stock);
/// The size of one of its variants; 0: it has none.
[[nodiscard]] std::uint16_t size_of(const souk::v1::Product& product, std::string_view variant_id);

/// Wire bytes that are the same whenever the product is.
[[nodiscard]] std::string product_source(const souk::v1::Product& product);

}  // namespace souk::search
