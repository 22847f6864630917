// Which texts of a product are searched, and how much each counts, where a merchant lists them
// (`searchableAttributes` of the Algolia API).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/document.hpp"

namespace souk::search {

/// The field of a document in which the attribute of a record is searched: name → title, … What has
/// no field of its own is among the attributes.
[[nodiscard]] Field field_of_attribute(std::string_view attribute);

/// Takes out of the document's texts what none of `names` is.
void keep_searchable(const std::vector<std::string>& names, Document& document);

/// Weights of fields that fall in the order in which attributes name them.
[[nodiscard]] std::array<float, kFields> weights_in_order(const std::vector<std::string>& names,
                                                          const std::array<float, kFields>& usual);

}  // namespace souk::search
