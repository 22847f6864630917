// Parameters of an Algolia search → the question that the plugin's engine answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/algolia/indexes.hpp"
#include "plugins/search/algolia/parameters.hpp"
#include "plugins/search/serve/question.hpp"
#include "souk/search/v1/settings.souk.hpp"

namespace souk::search::algolia {

/// The name that an attribute has in the engine: "hierarchicalCategories.lvl0" is
/// "categories.lvl0".
[[nodiscard]] std::string engine_name(std::string_view attribute);
/// The name that an attribute of the engine has in records: "attributes.colour" is "colour".
[[nodiscard]] std::string record_name(std::string_view attribute);

/// `skipped` hits at the front of the answer are not part of what was asked for: of an offset that
/// is no multiple of the length.
struct Asked {
  Question question;
  std::uint64_t most_hits = 0;  ///< paginationLimitedTo; 0: all
  std::uint32_t skipped = 0;
  std::uint32_t shown = ~std::uint32_t{0};  ///< of the others, so many
  bool no_hits = false;                     ///< hitsPerPage 0
};

/// INVALID_ARGUMENT with the column for a filter that can't be read, and for what the index's
/// settings do not allow.
Result<Asked> question_of(const Parameters& parameters, const Target& target,
                          const v1::Settings& settings, std::string_view account,
                          std::int64_t now_us);

}  // namespace souk::search::algolia
