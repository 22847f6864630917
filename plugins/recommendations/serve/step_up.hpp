// In what a product is more than another of its kind.
#pragma once

#include <string_view>

#include "plugins/recommendations/state/catalog.hpp"

namespace souk::recommendations {

/// How much better `to` is rated, each drawn to the middle by 10 ratings: -1 … 1; 0 without
/// ratings.
[[nodiscard]] double better_rated(const Catalog::Traits& from, const Catalog::Traits& to);

/// A measure in which one product has more than another; views the catalog's words.
struct Larger {
  std::string_view name;   ///< "memory"
  std::string_view value;  ///< "512 gb"
  [[nodiscard]] bool found() const { return !name.empty(); }
};
/// The first attribute that both give as one number each, in the same unit, and `to` more of.
[[nodiscard]] Larger larger(const Catalog& catalog, const Catalog::Traits& from,
                            const Catalog::Traits& to);

}  // namespace souk::recommendations
