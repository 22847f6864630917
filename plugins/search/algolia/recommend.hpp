// Algolia Recommend: what is asked for, in the words of the recommendations service, and its answer
// as records of this account's catalog.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/search/algolia/indexes.hpp"
#include "plugins/search/algolia/parameters.hpp"
#include "plugins/search/serve/finder.hpp"
#include "souk/v1/recommendations.souk.hpp"

namespace souk::search::algolia {

/// One element of `requests`.
struct Wanted {
  /// Of the recommendations service; of static life. Empty for what looks similar, which the
  /// catalog's own texts and values answer.
  std::string_view kind;
  std::string index;
  bool facets = false;  ///< the answer is values of `facet`, not products
  std::string product;  ///< empty for what is trending
  std::string facet;    ///< with `value`: only products that have it
  std::string value;
  double threshold = 0;            ///< lowest score, of 100
  std::uint32_t most = 30;         ///< from 1 to 30
  Parameters parameters;           ///< filters and form of the hits
  std::optional<Parameters> rest;  ///< a search that fills up what is missing
};

/// INVALID_ARGUMENT names what is wrong: the model, the product, a number, a parameter.
Result<Wanted> read_wanted(const simdjson::dom::object& given);

/// More products than wanted, as some may be filtered out here.
[[nodiscard]] souk::v1::RecommendRequest request_of(const Wanted& wanted, std::string_view account);

/// Appends one element of `results`. Scores are of 100 for the best of the answer. What the account
/// may not see, or the filters leave out, is left out whoever recommends it.
Status append_recommended(const Wanted& wanted, const souk::v1::RecommendReply& reply,
                          const Target& target, const Sources& sources, std::string_view account,
                          std::int64_t now_us, std::string& out);

/// Products that are like one in their words and values, whatever shoppers did; scores of 100 for
/// the best. A product that is not there is like none.
Status find_alike(const Wanted& wanted, const Target& target, const Sources& sources,
                  std::string_view account, std::int64_t now_us, souk::v1::RecommendReply& reply);

/// Appends the members of `hits` for values of a facet: those of the products in `reply`, by the
/// sum of their scores.
void append_trending_values(const Wanted& wanted, const souk::v1::RecommendReply& reply,
                            const Sources& sources, std::string_view account, std::int64_t now_us,
                            std::string& out);

}  // namespace souk::search::algolia
