// Parameters of an Algolia search → the question that the plugin's engine answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/algolia/parameters.hpp"
#include "plugins/search/serve/question.hpp"

namespace souk::search::algolia {

/// The name that an attribute has in the engine: "hierarchicalCategories.lvl0" is
/// "categories.lvl0".
[[nodiscard]] std::string engine_name(std::string_view attribute);
/// The name that an attribute of the engine has in records: "attributes.colour" is "colour".
[[nodiscard]] std::string record_name(std::string_view attribute);

/// The order that an index's name asks for, as virtual replicas do: "products_price_asc" and
/// "products/sort/price:asc" sort by price, every other name by relevance. NOT_FOUND for a name
/// that ends in _asc or _desc and holds no attribute.
Result<std::string> sort_of_index(std::string_view index, const Corpus& corpus);

/// `skipped` hits at the front of the answer are not part of the page: of an offset that is no
/// multiple of the length.
struct Asked {
  Question question;
  std::uint32_t skipped = 0;
  bool no_hits = false;  ///< hitsPerPage 0
};

/// INVALID_ARGUMENT with the column for a filter that can't be read.
Result<Asked> question_of(const Parameters& parameters, const Corpus& corpus,
                          std::string_view account, std::int64_t now_us);

}  // namespace souk::search::algolia
