// The sizes in which a product comes, read from its variants.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/size_labels.hpp"
#include "plugins/recommendations/model/size_model.hpp"
#include "plugins/recommendations/state/catalog.hpp"

namespace souk::recommendations {

/// Re-used by one thread from product to product.
class ProductSizes {
 public:
  enum class Kind : std::uint8_t {
    unknown,    ///< the catalog has no variants with a size
    unordered,  ///< sizes without an order: nothing can be said about them
    ordered,
  };
  struct Size {
    std::uint32_t variant = kNoItem;  ///< word of the catalog; of several (colours) any
    double place = 0;
    std::string_view label;
  };

  /// Reads the product. Views of labels live as long as the catalog.
  Kind read(const Catalog& catalog, ItemId item);

  [[nodiscard]] const std::vector<Size>& sizes() const { return sizes_; }  ///< smallest first
  [[nodiscard]] const SizeContext& context() const { return context_; }

  /// The size of one variant, by its word; nullptr when it is not among them or has none.
  [[nodiscard]] const Size* of_variant(const Catalog& catalog, std::uint32_t variant) const;

 private:
  void find_context(const Catalog& catalog, ItemId item, SizeScale scale);

  std::vector<Size> sizes_;
  SizeContext context_;
};

/// The word of a product's variant with this id, or with a label of this name; kNoItem without one.
[[nodiscard]] std::uint32_t find_variant(const Catalog& catalog, ItemId item, std::string_view id,
                                         std::string_view name);
/// The label of the variant's size; empty without one.
[[nodiscard]] std::string_view size_label(const Catalog& catalog, std::uint32_t variant);

}  // namespace souk::recommendations
