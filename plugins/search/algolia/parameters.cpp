#include "plugins/search/algolia/parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "plugins/search/algolia/json_value.hpp"
#include "plugins/search/algolia/parameters_places.hpp"

namespace souk::search::algolia {

Status wrong_parameter(std::string_view name, std::string_view what) {
  return Status(Code::invalid_argument, std::string(name) + ": " + std::string(what));
}

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

Status wrong(std::string_view name, std::string_view what) { return wrong_parameter(name, what); }

constexpr std::uint32_t kMostHits = 1'000;
constexpr std::uint64_t kFarPage = 1'000'000'000;
constexpr std::size_t kMostTexts = 1'000;
/// What shoppers type and merchants write may begin with a bracket and still be no list.
constexpr std::array<std::string_view, 7> kTexts = {"query",
                                                    "facetQuery",
                                                    "filters",
                                                    "userToken",
                                                    "highlightPreTag",
                                                    "highlightPostTag",
                                                    "snippetEllipsisText"};

std::optional<double> number_of(const element& value) {
  double number = 0;
  if (value.get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS || text.empty()) return {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !std::isfinite(number)) return {};  // "nan" and "inf" are read as numbers
  return number;
}

Status read_count(std::string_view name, const element& value, std::uint64_t most,
                  std::uint64_t& out) {
  const auto number = number_of(value);
  if (!number || *number < 0 || *number != std::floor(*number)) {
    return wrong(name, "must be a whole number from 0");
  }
  out = *number > static_cast<double>(most) ? most : static_cast<std::uint64_t>(*number);
  return {};
}

bool truth_of(const element& value, bool otherwise) {
  bool truth = false;
  if (value.get(truth) == simdjson::SUCCESS) return truth;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    if (text == "true") return true;
    if (text == "false") return false;
  }
  return otherwise;
}

std::string text_or_empty(const element& value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

/// Nested lists; a lone text is the old form.
Status read_groups(std::string_view name, const element& value, FilterGroups& groups) {
  groups.clear();
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    groups = read_legacy_groups(text);
    return {};
  }
  simdjson::dom::array outer;
  if (value.get(outer) != simdjson::SUCCESS) return wrong(name, "must be a list of texts");
  for (const element one : outer) {
    simdjson::dom::array inner;
    std::vector<std::string> group;
    if (one.get(text) == simdjson::SUCCESS) {
      group.emplace_back(text);
    } else if (one.get(inner) == simdjson::SUCCESS) {
      for (const element part : inner) {
        if (part.get(text) != simdjson::SUCCESS) return wrong(name, "must hold texts");
        group.emplace_back(text);
      }
    } else {
      return wrong(name, "must hold texts and lists of texts");
    }
    if (!group.empty()) groups.push_back(std::move(group));
  }
  return {};
}

bool holds_something(const element& value) {
  return value.is_array() || !text_or_empty(value).empty();
}

Status read_places(std::string_view name, const element& value, Parameters& into) {
  if (name == "aroundRadius") {
    into.any_radius = text_or_empty(value) == "all";
    into.radius_m = number_of(value);
  }
  if (name == "minimumAroundRadius") into.least_radius_m = number_of(value).value_or(0);
  if (name == "aroundLatLngViaIP") into.around_address = truth_of(value, false);
  if (!holds_something(value)) return {};
  if (name == "aroundLatLng") return read_around(value, into);
  if (name == "insideBoundingBox") return read_boxes(value, into);
  return name == "insidePolygon" ? read_polygons(value, into) : Status();
}

Status read_distinct(const element& value, Parameters& into) {
  bool truth = false;
  if (value.get(truth) == simdjson::SUCCESS) {
    into.distinct = truth ? 1 : 0;
    return {};
  }
  if (text_or_empty(value) == "true") into.distinct = 1;
  if (const auto number = number_of(value); number && *number >= 0) {
    into.distinct = static_cast<std::uint32_t>(std::min(*number, 10.0));
  }
  return {};
}

Status read_numbers(std::string_view name, const element& value, Parameters& into) {
  std::uint64_t count = 0;
  const bool is_count = name == "page" || name == "hitsPerPage" || name == "maxValuesPerFacet" ||
                        name == "maxFacetHits" || name == "offset" || name == "length";
  if (is_count) {
    if (Status status = read_count(name, value, kFarPage, count); !status.ok()) return status;
  }
  if (name == "page") into.page = count;
  if (name == "hitsPerPage") {
    into.hits_per_page = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, kMostHits));
  }
  if (name == "offset") into.offset = count;
  if (name == "length") {
    into.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, kMostHits));
  }
  if (name == "maxValuesPerFacet") {
    into.max_values = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, kMostHits));
  }
  if (name == "maxFacetHits") {
    into.max_facet_hits = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 100));
  }
  if (name == "distinct") return read_distinct(value, into);
  const auto letters = [&value](std::uint8_t& out) {
    if (const auto number = number_of(value); number && *number >= 1) {
      out = static_cast<std::uint8_t>(std::min(*number, 64.0));
    }
  };
  if (name == "minWordSizefor1Typo") letters(into.one_typo_from);
  if (name == "minWordSizefor2Typos") letters(into.two_typos_from);
  if (name == "personalizationImpact") {
    into.personal_share = std::clamp(number_of(value).value_or(100), 0.0, 100.0) / 100;
  }
  return read_places(name, value, into);
}

Status read_vector(std::string_view name, const element& value, Parameters& into) {
  constexpr std::size_t kLongest = 4096;
  simdjson::dom::array list;
  into.vector.clear();
  if (value.get(list) != simdjson::SUCCESS) return wrong(name, "must be a list of numbers");
  for (const element one : list) {
    double number = 0;
    if (one.get(number) != simdjson::SUCCESS) return wrong(name, "must be a list of numbers");
    if (std::abs(number) > 1e30) return wrong(name, "holds a number that is too large");
    if (into.vector.size() == kLongest) return wrong(name, "holds more than 4096 numbers");
    into.vector.push_back(static_cast<float>(number));
  }
  return {};
}

Status read_lists(std::string_view name, const element& value, Parameters& into) {
  if (name == "facetFilters") return read_groups(name, value, into.facet_filters);
  if (name == "numericFilters") return read_groups(name, value, into.numeric_filters);
  if (name == "tagFilters") return read_groups(name, value, into.tag_filters);
  if (name == "optionalFilters") return read_groups(name, value, into.optional_filters);
  if (name == "facets") into.facets = texts_of(value);
  if (name == "attributesToRetrieve") into.retrieve = texts_of(value);
  if (name == "attributesToHighlight") into.highlight = texts_of(value);
  if (name == "attributesToSnippet") into.snippets = texts_of(value);
  if (name == "ruleContexts") into.contexts = texts_of(value);
  if (name == "restrictSearchableAttributes") into.fields = texts_of(value);
  if (name == "responseFields") into.response_fields = texts_of(value);
  if (name == "disableTypoToleranceOnWords") into.exact_words = texts_of(value);
  if (name == "optionalWords") into.optional_words = texts_of(value);
  if (name == "vector") return read_vector(name, value, into);
  return {};
}

/// One of a few names.
template <class Value, std::size_t n>
Status read_choice(std::string_view name, const element& value,
                   const std::array<std::pair<std::string_view, Value>, n>& choices, Value& out) {
  const std::string given = value.is_bool() ? simdjson::minify(value) : text_or_empty(value);
  std::string allowed;
  for (const auto& [text, meaning] : choices) {
    if (text == given) {
      out = meaning;
      return {};
    }
    allowed.append(allowed.empty() ? "" : ", ").append(text);
  }
  return wrong(name, "must be one of " + allowed);
}

Status read_choices(std::string_view name, const element& value, Parameters& into) {
  if (name == "typoTolerance") {
    into.typos = true;
    into.typo_choice = TypoChoice::all;
    static constexpr std::array<std::pair<std::string_view, int>, 4> kAll = {
        {{"true", 0}, {"false", 1}, {"min", 2}, {"strict", 3}}};
    int chosen = 0;
    Status status = read_choice(name, value, kAll, chosen);
    into.typos = chosen != 1;
    if (chosen >= 2) into.typo_choice = chosen == 2 ? TypoChoice::fewest : TypoChoice::few;
    return status;
  }
  if (name == "removeWordsIfNoResults") {
    static constexpr std::array<std::pair<std::string_view, Removal>, 4> kAll = {
        {{"none", Removal::none},
         {"lastWords", Removal::last},
         {"firstWords", Removal::first},
         {"allOptional", Removal::any}}};
    return read_choice(name, value, kAll, into.removal);
  }
  if (name == "queryType") {
    static constexpr std::array<std::pair<std::string_view, bool>, 3> kAll = {
        {{"prefixLast", true}, {"prefixAll", true}, {"prefixNone", false}}};
    return read_choice(name, value, kAll, into.prefix);
  }
  if (name == "sortFacetValuesBy") {
    static constexpr std::array<std::pair<std::string_view, bool>, 2> kAll = {
        {{"count", false}, {"alpha", true}}};
    return read_choice(name, value, kAll, into.alphabetical);
  }
  return {};
}

void read_texts(std::string_view name, const element& value, Parameters& into) {
  // 501 is a query as good as "501".
  const bool written = value.is_number() || value.is_bool();
  const std::string text = written ? simdjson::minify(value) : text_or_empty(value);
  if (name == "indexName") into.index = text;
  if (name == "query") into.query = text;
  if (name == "filters") into.filters = text;
  if (name == "userToken") into.user = text;
  if (name == "highlightPreTag") into.pre = text;
  if (name == "highlightPostTag") into.post = text;
  if (name == "snippetEllipsisText") into.ellipsis = text;
  if (name == "facet" || name == "facetName") into.facet = text;
  if (name == "facetQuery") into.facet_query = text;
  if (name == "type") into.is_facet = text == "facet";
  if (name == "renderingContent" && value.is_object()) into.rendering = simdjson::minify(value);
}

void read_truths(std::string_view name, const element& value, Parameters& into) {
  if (name == "clickAnalytics") into.click_analytics = truth_of(value, false);
  if (name == "getRankingInfo") into.ranking_info = truth_of(value, false);
  if (name == "enablePersonalization") into.personal = truth_of(value, true);
  if (name == "advancedSyntax") into.syntax = truth_of(value, false);
  if (name == "enableRules") into.rules = truth_of(value, true);
  if (name == "synonyms") into.synonyms = truth_of(value, true);
  if (name == "sumOrFiltersScores") into.sum_scores = truth_of(value, false);
  if (name == "facetingAfterDistinct") into.grouped_facets = truth_of(value, false);
  if (name == "removeStopWords") {
    into.stop_languages = texts_of(value);
    const bool all = truth_of(value, false);
    if (all || into.stop_languages == std::vector<std::string>{"false"}) {
      into.stop_languages.clear();
    }
    if (all) into.stop_languages.emplace_back("*");
  }
}

Status read_one(std::string_view name, const element& value, Parameters& into) {
  read_texts(name, value, into);
  read_truths(name, value, into);
  Status status = read_numbers(name, value, into);
  if (status.ok()) status = read_choices(name, value, into);
  return status.ok() ? read_lists(name, value, into) : status;
}

void append_encoded(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 15U];
    }
  }
}

int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Status read_object(const object& given, bool outermost, Parameters& into);

/// `params` of a request: an object, or its content URL-encoded. Appends it to `all`.
Status read_packed(const element& value, std::string& all, Parameters& into) {
  std::string_view packed;
  std::string json;
  simdjson::dom::parser parser;
  object inner;
  const bool is_text = value.get(packed) == simdjson::SUCCESS;
  if (is_text) {
    params_to_json(packed, json);
    if (parser.parse(json).get(inner) != simdjson::SUCCESS) return wrong("params", "can't be read");
  } else if (value.get(inner) != simdjson::SUCCESS) {
    return wrong("params", "must be a text or an object");
  }
  if (Status status = read_object(inner, false, into); !status.ok()) return status;
  all.append(all.empty() ? "" : "&").append(is_text ? packed : std::string_view(into.text));
  return {};
}

/// `params` within `params` mean nothing: only the outermost object may hold them, so that nobody's
/// nesting decides how deep this goes.
Status read_object(const object& given, bool outermost, Parameters& into) {
  std::string all;
  for (const auto& [name, value] : given) {
    if (value.is_null()) continue;
    if (name == "params") {
      if (!outermost) continue;
      if (Status status = read_packed(value, all, into); !status.ok()) return status;
      continue;
    }
    if (Status status = read_one(name, value, into); !status.ok()) return status;
    if (name == "indexName" || name == "type") continue;
    if (!all.empty()) all += '&';
    append_encoded(name, all);
    all += '=';
    std::string_view text;
    append_encoded(
        value.get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(value), all);
  }
  into.text = std::move(all);
  return {};
}

}  // namespace

std::string unpacked(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_of(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_of(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::vector<std::string> texts_of(const element& value) {
  std::vector<std::string> texts;
  std::string_view text;
  simdjson::dom::array list;
  if (value.get(text) == simdjson::SUCCESS) {
    while (!text.empty() && texts.size() < kMostTexts) {
      const std::size_t comma = std::min(text.find(','), text.size());
      if (comma > 0) texts.emplace_back(text.substr(0, comma));
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
  } else if (value.get(list) == simdjson::SUCCESS) {
    for (const element one : list) {
      if (texts.size() == kMostTexts) break;
      if (one.get(text) == simdjson::SUCCESS) texts.emplace_back(text);
    }
  }
  return texts;
}

void params_to_json(std::string_view params, std::string& json) {
  json += '{';
  bool first = true;
  while (!params.empty()) {
    const std::size_t end = std::min(params.find('&'), params.size());
    const std::string_view pair = params.substr(0, end);
    params.remove_prefix(std::min(end + 1, params.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (equals == 0) continue;
    if (!first) json += ',';
    first = false;
    const std::string name = unpacked(pair.substr(0, equals));
    append_json_text(name, json);
    json += ':';
    const std::string value =
        equals == pair.size() ? std::string() : unpacked(pair.substr(equals + 1));
    // Lists are JSON within the text; everything else is read from text anyway.
    thread_local simdjson::dom::parser parser;
    const bool is_text = std::find(kTexts.begin(), kTexts.end(), name) != kTexts.end();
    const bool is_list = !is_text && value.starts_with('[') &&
                         parser.parse(value.data(), value.size()).error() == simdjson::SUCCESS;
    if (is_list) {
      json += value;
    } else {
      append_json_text(value, json);
    }
  }
  json += '}';
}

Status read_parameters(const object& given, Parameters& into) {
  return read_object(given, true, into);
}

}  // namespace souk::search::algolia
