// The parameters of an Algolia search, from the flat objects of its clients 5 and from the
// URL-encoded `params` of its clients 4. Tolerant as those are: numbers and truth values may be
// texts, lists may be one text; what is not known is ignored.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/filter.hpp"
#include "plugins/search/model/places.hpp"
#include "plugins/search/serve/word_choice.hpp"
#include "souk/result.hpp"

namespace souk::search::algolia {

struct Parameters {
  std::string index;
  std::string query;
  std::string filters;
  std::string user;
  FilterGroups facet_filters;
  FilterGroups numeric_filters;
  FilterGroups tag_filters;
  FilterGroups optional_filters;
  std::vector<std::string> facets;
  std::vector<std::string> retrieve = {"*"};
  std::optional<std::vector<std::string>> highlight;  ///< absent: every text
  std::vector<std::string> snippets;                  ///< "name:20"
  std::vector<std::string> contexts;
  std::vector<float> vector;  ///< our own: the question as the merchant's model understands it
  std::string pre = "<em>";
  std::string post = "</em>";
  std::string ellipsis = "…";
  std::uint64_t page = 0;
  std::uint32_t hits_per_page = 20;
  std::optional<std::uint64_t> offset;  ///< with `length` in place of pages
  std::optional<std::uint32_t> length;
  std::uint32_t max_values = 100;
  std::optional<std::uint32_t> distinct;
  std::optional<GeoPoint> around;
  std::optional<double> radius_m;
  bool any_radius = false;      ///< "all": order by distance, leave nothing out
  double least_radius_m = 0;    ///< of a radius that is chosen here
  bool around_address = false;  ///< places of addresses are not known
  std::vector<GeoBox> boxes;
  std::vector<GeoPolygon> polygons;
  bool alphabetical = false;  ///< facet values
  bool personal = true;
  double personal_share = 1;
  bool typos = true;
  TypoChoice typo_choice = TypoChoice::all;
  std::uint8_t one_typo_from = 0;  ///< letters; 0: the store's
  std::uint8_t two_typos_from = 0;
  std::vector<std::string> exact_words;
  std::vector<std::string> optional_words;
  std::vector<std::string> stop_languages;  ///< "*": all
  Removal removal = Removal::usual;
  bool syntax = false;  ///< "phrase" and -word
  bool prefix = true;
  bool rules = true;
  bool synonyms = true;
  bool sum_scores = false;  ///< of optional filters in one group
  bool grouped_facets = false;
  std::vector<std::string> fields;                          ///< restrictSearchableAttributes
  std::optional<std::vector<std::string>> response_fields;  ///< absent: all
  std::string rendering;                                    ///< renderingContent, a JSON object
  bool click_analytics = false;
  bool ranking_info = false;

  bool is_facet = false;  ///< a search for values of `facet`
  std::string facet;
  std::string facet_query;
  std::uint32_t max_facet_hits = 10;

  std::string text;  ///< all of them, URL-encoded, as answers repeat them
};

/// Reads an object of parameters; one with a `params` member holds them there. INVALID_ARGUMENT
/// names the parameter that can't be read. `into` keeps what the object does not say.
Status read_parameters(const simdjson::dom::object& object, Parameters& into);

/// Appends a JSON object with the same content as URL-encoded parameters.
void params_to_json(std::string_view params, std::string& json);

/// A value of URL-encoded parameters, decoded.
[[nodiscard]] std::string unpacked(std::string_view text);

/// Texts of a value that is a text or a list of texts.
[[nodiscard]] std::vector<std::string> texts_of(const simdjson::dom::element& element);

}  // namespace souk::search::algolia
