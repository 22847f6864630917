#include "plugins/search/algolia/index_settings.hpp"

#include <algorithm>
#include <array>

#include "plugins/search/algolia/json_value.hpp"
#include "plugins/search/algolia/question.hpp"
#include "plugins/search/model/analyzer.hpp"

namespace souk::search::algolia {
namespace {

using simdjson::dom::element;

/// What read_settings() looks at itself.
constexpr std::array<std::string_view, 9> kOwn = {"attributeForDistinct",
                                                  "attributesForFaceting",
                                                  "customRanking",
                                                  "paginationLimitedTo",
                                                  "ranking",
                                                  "replicas",
                                                  "searchableAttributes",
                                                  "unretrievableAttributes",
                                                  "attributesToIndex"};
/// Settings that are parameters of searches too.
constexpr std::array<std::string_view, 33> kParameters = {"advancedSyntax",
                                                          "attributesToHighlight",
                                                          "attributesToRetrieve",
                                                          "attributesToSnippet",
                                                          "disableTypoToleranceOnWords",
                                                          "distinct",
                                                          "enablePersonalization",
                                                          "enableRules",
                                                          "facetingAfterDistinct",
                                                          "highlightPostTag",
                                                          "highlightPreTag",
                                                          "hitsPerPage",
                                                          "maxFacetHits",
                                                          "maxValuesPerFacet",
                                                          "minWordSizefor1Typo",
                                                          "minWordSizefor2Typos",
                                                          "optionalWords",
                                                          "personalizationImpact",
                                                          "queryType",
                                                          "removeStopWords",
                                                          "removeWordsIfNoResults",
                                                          "renderingContent",
                                                          "responseFields",
                                                          "snippetEllipsisText",
                                                          "sortFacetValuesBy",
                                                          "sumOrFiltersScores",
                                                          "synonyms",
                                                          "typoTolerance",
                                                          "facets",
                                                          "filters",
                                                          "optionalFilters",
                                                          "minimumAroundRadius",
                                                          "aroundRadius"};

template <std::size_t n>
bool among(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "desc(price)" → {"desc", "price"}; a name alone has no operator.
std::pair<std::string_view, std::string_view> split_call(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return {{}, text};
  return {text.substr(0, open), text.substr(open + 1, text.size() - open - 2)};
}

std::vector<std::string> list_of(const element& value) {
  simdjson::dom::array list;
  std::vector<std::string> texts;
  if (value.get(list) != simdjson::SUCCESS) return texts_of(value);
  std::string_view text;
  for (const element one : list) {
    if (texts.size() == 1'000) break;
    if (one.get(text) == simdjson::SUCCESS && !text.empty()) texts.emplace_back(text);
  }
  return texts;
}

void add_sort(std::string_view operation, std::string_view name, std::string& sort) {
  if (name.empty() || name.find_first_of(" \t(),") != std::string_view::npos) return;
  if (std::count(sort.begin(), sort.end(), ',') >= 7) return;
  if (!sort.empty()) sort += ',';
  sort.append(engine_name(name)).append(operation == "asc" ? " asc" : " desc");
}

FacetSetting facet_of(std::string_view text) {
  FacetSetting facet;
  for (auto [operation, name] = split_call(text);; std::tie(operation, name) = split_call(name)) {
    if (operation == "filterOnly") facet.filter_only = true;
    if (operation == "searchable") facet.searchable = true;
    if (operation == "afterDistinct") facet.after_distinct = true;
    if (!operation.empty()) continue;
    facet.name = name;
    return facet;
  }
}

void read_lists(std::string_view name, const element& value, IndexSettings& made) {
  const std::vector<std::string> list = list_of(value);
  if (name == "searchableAttributes" || name == "attributesToIndex") {
    for (const std::string& entry : list) {
      // "a,b" are as important as each other; one after the other is near enough.
      for (std::string_view rest = entry; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::string_view one = split_call(rest.substr(0, comma)).second;
        while (one.starts_with(' '))
          one.remove_prefix(1);
        if (!one.empty()) made.searchable.emplace_back(one);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    }
  }
  if (name == "attributesForFaceting" && !value.is_null()) {
    made.facets.emplace();
    for (const std::string& entry : list)
      made.facets->push_back(facet_of(entry));
  }
  if (name == "customRanking") {
    for (const std::string& entry : list) {
      const auto [operation, attribute] = split_call(entry);
      add_sort(operation, attribute, made.order);
    }
  }
  if (name == "ranking") {
    for (const std::string& entry : list) {
      const auto [operation, attribute] = split_call(entry);
      if (operation != "asc" && operation != "desc") break;
      add_sort(operation, attribute, made.sort);
    }
  }
  if (name == "replicas") {
    for (const std::string& entry : list)
      made.replicas.emplace_back(split_call(entry).second);
  }
  if (name == "unretrievableAttributes") made.unretrievable = list;
}

/// One setting that is a parameter; what can't be read means nothing.
void read_default(std::string_view name, std::string_view json, Parameters& defaults) {
  std::string object = "{";
  append_json_text(name, object);
  object.append(":").append(json).append("}");
  simdjson::dom::parser parser;
  simdjson::dom::object parsed;
  if (parser.parse(object).get(parsed) != simdjson::SUCCESS) return;
  Parameters with = defaults;
  if (read_parameters(parsed, with).ok()) defaults = std::move(with);
}

/// What Algolia answers for an index of which nothing was set.
const std::map<std::string, std::string, std::less<>>& usual_settings() {
  static const std::map<std::string, std::string, std::less<>> usual = {
      {"advancedSyntax", "false"},
      {"alternativesAsExact", R"(["ignorePlurals","singleWordSynonym"])"},
      {"attributeForDistinct", "null"},
      {"attributesForFaceting", "null"},
      {"attributesToHighlight", "null"},
      {"attributesToRetrieve", "null"},
      {"attributesToSnippet", "null"},
      {"customRanking", "null"},
      {"distinct", "false"},
      {"exactOnSingleWordQuery", "\"attribute\""},
      {"highlightPostTag", "\"</em>\""},
      {"highlightPreTag", "\"<em>\""},
      {"hitsPerPage", "20"},
      {"ignorePlurals", "true"},
      {"maxValuesPerFacet", "100"},
      {"numericAttributesForFiltering", "null"},
      {"optionalWords", "null"},
      {"paginationLimitedTo", "0"},
      {"queryType", "\"prefixLast\""},
      {"ranking", R"(["typo","geo","words","filters","proximity","attribute","exact","custom"])"},
      {"removeStopWords", "false"},
      {"searchableAttributes", "null"},
      {"separatorsToIndex", "\"\""},
      {"snippetEllipsisText", "\"…\""},
      {"sortFacetValuesBy", "\"count\""},
      {"typoTolerance", "true"},
      {"unretrievableAttributes", "null"},
      {"version", "2"}};
  return usual;
}

}  // namespace

const FacetSetting* IndexSettings::facet(std::string_view name) const {
  static const FacetSetting any{{}, false, true, false};
  if (!facets) return &any;
  for (const FacetSetting& facet : *facets) {
    // An object's members are facets with it: hierarchicalCategories.lvl0.
    const bool below = name.size() > facet.name.size() && name.starts_with(facet.name) &&
                       name[facet.name.size()] == '.';
    if (facet.name == name || facet.name == "*" || below) return &facet;
  }
  return nullptr;
}

IndexSettings read_settings(const std::map<std::string, std::string, std::less<>>& values) {
  IndexSettings made;
  made.values = values;
  simdjson::dom::parser parser;
  for (const auto& [name, json] : values) {
    element value;
    if (parser.parse(json).get(value) != simdjson::SUCCESS) continue;
    if (among(kParameters, name)) {
      read_default(name, json, made.defaults);
    } else if (among(kOwn, name)) {
      read_lists(name, value, made);
      std::string_view text;
      if (name == "attributeForDistinct" && value.get(text) == simdjson::SUCCESS) {
        made.group_by = text;
      }
      std::uint64_t most = 0;
      if (name == "paginationLimitedTo" && value.get(most) == simdjson::SUCCESS) {
        made.most_hits = most;
      }
    } else {
      made.without_effect.push_back(name);
    }
  }
  for (std::string& word : made.defaults.exact_words)
    word = normalized(word);
  return made;
}

void IndexSettingsBook::set(std::string_view index, std::string_view json,
                            bool forward_to_replicas) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(object) != simdjson::SUCCESS) return;
  const auto apply = [&](std::string_view name) {
    auto at = own_.find(name);
    if (at == own_.end()) {
      if (own_.size() >= kMostIndexes) {
        ++dropped_;
        return;
      }
      at = own_.emplace(std::string(name), Values()).first;
    }
    std::size_t bytes = 0;
    for (const auto& [key, value] : at->second)
      bytes += key.size() + value.size();
    for (const auto& [key, value] : object) {
      if (key == "forwardToReplicas") continue;
      if (value.is_null()) {
        at->second.erase(std::string(key));
        continue;
      }
      std::string text = simdjson::minify(value);
      bytes += key.size() + text.size();
      if (bytes > kMostBytes) {
        ++dropped_;
        continue;
      }
      at->second.insert_or_assign(std::string(key), std::move(text));
    }
  };
  apply(index);
  compile();
  const IndexSettings* primary = forward_to_replicas ? find(index) : nullptr;
  if (primary == nullptr) return;
  for (const std::string& replica : std::vector<std::string>(primary->replicas)) {
    const auto at = own_.find(replica);
    if (at == own_.end()) continue;  // it has no own ones, so it has these anyway
    for (const auto& [key, value] : object)
      at->second.erase(std::string(key));
  }
  compile();
}

void IndexSettingsBook::copy(std::string_view from, std::string_view to) {
  const auto at = own_.find(from);
  if (at == own_.end() || own_.size() >= kMostIndexes) return;
  Values copied = at->second;
  copied.erase("replicas");  // an index is the replica of one only
  const auto before = own_.find(to);
  if (before != own_.end()) {
    if (const auto kept = before->second.find("replicas"); kept != before->second.end()) {
      copied["replicas"] = kept->second;
    }
  }
  own_.insert_or_assign(std::string(to), std::move(copied));
  compile();
}

void IndexSettingsBook::remove(std::string_view index) {
  if (const auto at = own_.find(index); at != own_.end()) own_.erase(at);
  compile();
}

void IndexSettingsBook::compile() {
  compiled_.clear();
  primaries_.clear();
  for (const auto& [index, values] : own_)
    compiled_[index] = std::make_shared<const IndexSettings>(read_settings(values));
  for (const auto& [index, settings] : compiled_) {
    for (const std::string& replica : settings->replicas) {
      if (replica != index) primaries_.emplace(replica, index);
    }
  }
  for (const auto& [replica, primary] : primaries_) {
    Values values = own_.find(primary)->second;
    values.erase("replicas");
    if (const auto own = own_.find(replica); own != own_.end()) {
      for (const auto& [name, value] : own->second)
        values.insert_or_assign(name, value);
    }
    compiled_[replica] = std::make_shared<const IndexSettings>(read_settings(values));
  }
}

const IndexSettings* IndexSettingsBook::find(std::string_view index) const {
  const auto at = compiled_.find(index);
  return at == compiled_.end() ? nullptr : at->second.get();
}

std::string_view IndexSettingsBook::primary_of(std::string_view replica) const {
  const auto at = primaries_.find(replica);
  return at == primaries_.end() ? std::string_view() : std::string_view(at->second);
}

void IndexSettingsBook::save(souk::Writer& writer) const {
  writer.count(own_.size());
  for (const auto& [index, values] : own_) {
    writer.text(index);
    writer.count(values.size());
    for (const auto& [name, json] : values) {
      writer.text(name);
      writer.text(json);
    }
  }
}

void IndexSettingsBook::load(souk::Reader& reader) {
  own_.clear();
  for (std::uint64_t left = reader.count(kMostIndexes); left > 0 && reader.ok(); --left) {
    Values& values = own_[reader.text()];
    for (std::uint64_t most = reader.count(kMostBytes); most > 0 && reader.ok(); --most) {
      std::string name = reader.text();
      values[std::move(name)] = reader.text();
    }
  }
  compile();
}

void append_settings(const IndexSettings* settings, std::string_view primary, std::uint8_t one_typo,
                     std::uint8_t two_typos, std::string& out) {
  std::map<std::string, std::string, std::less<>> all = usual_settings();
  all["minWordSizefor1Typo"] = std::to_string(one_typo);
  all["minWordSizefor2Typos"] = std::to_string(two_typos);
  if (settings != nullptr) {
    for (const auto& [name, json] : settings->values)
      all[name] = json;
  }
  if (!primary.empty()) {
    std::string name;
    append_json_text(primary, name);
    all["primary"] = name;
  }
  out += '{';
  for (const auto& [name, json] : all) {
    if (out.back() != '{') out += ',';
    append_json_text(name, out);
    out.append(":").append(json);
  }
  out += '}';
}

}  // namespace souk::search::algolia
