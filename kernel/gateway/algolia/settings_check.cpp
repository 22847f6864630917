#include "kernel/gateway/algolia/settings_check.hpp"

#include <array>
#include <string>
#include <string_view>

#include "kernel/gateway/algolia/json.hpp"

namespace souk::gateway {
namespace {

using simdjson::dom::element;

enum class Type { texts, text, count, truth, truth_or_text, count_or_truth, object };

struct Known {
  std::string_view name;
  Type type;
};
constexpr std::array<Known, 32> kKnown = {{
    {"advancedSyntax", Type::truth},
    {"attributeForDistinct", Type::text},
    {"attributesForFaceting", Type::texts},
    {"attributesToHighlight", Type::texts},
    {"attributesToRetrieve", Type::texts},
    {"attributesToSnippet", Type::texts},
    {"customRanking", Type::texts},
    {"disableTypoToleranceOnAttributes", Type::texts},
    {"disableTypoToleranceOnWords", Type::texts},
    {"distinct", Type::count_or_truth},
    {"enablePersonalization", Type::truth},
    {"enableRules", Type::truth},
    {"exactOnSingleWordQuery", Type::text},
    {"highlightPostTag", Type::text},
    {"highlightPreTag", Type::text},
    {"hitsPerPage", Type::count},
    {"maxValuesPerFacet", Type::count},
    {"minProximity", Type::count},
    {"minWordSizefor1Typo", Type::count},
    {"minWordSizefor2Typos", Type::count},
    {"numericAttributesForFiltering", Type::texts},
    {"paginationLimitedTo", Type::count},
    {"queryLanguages", Type::texts},
    {"queryType", Type::text},
    {"ranking", Type::texts},
    {"removeWordsIfNoResults", Type::text},
    {"renderingContent", Type::object},
    {"replicas", Type::texts},
    {"searchableAttributes", Type::texts},
    {"snippetEllipsisText", Type::text},
    {"typoTolerance", Type::truth_or_text},
    {"unretrievableAttributes", Type::texts},
}};

bool is_count(const element& value) {
  std::int64_t number = 0;
  return value.get(number) == simdjson::SUCCESS && number >= 0;
}

bool are_texts(const element& value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return false;
  for (const element one : list) {
    if (!one.is_string()) return false;
  }
  return true;
}

/// What it should be; null when it is.
const char* fault(const element& value, Type type) {
  switch (type) {
    case Type::texts:
      return are_texts(value) ? nullptr : "a list of texts";
    case Type::text:
      return value.is_string() ? nullptr : "a text";
    case Type::count:
      return is_count(value) ? nullptr : "a whole number from 0";
    case Type::truth:
      return value.is_bool() ? nullptr : "true or false";
    case Type::truth_or_text:
      return value.is_bool() || value.is_string() ? nullptr : "true, false or a text";
    case Type::count_or_truth:
      return value.is_bool() || is_count(value) ? nullptr : "true, false or a whole number";
    case Type::object:
      return value.is_object() ? nullptr : "an object";
  }
  return nullptr;
}

}  // namespace

Status check_settings(const element& settings) {
  simdjson::dom::object object;
  if (settings.get(object) != simdjson::SUCCESS) {
    return algolia_invalid("settings must be a JSON object");
  }
  for (const auto& [name, value] : object) {
    if (value.is_null()) continue;
    for (const Known& known : kKnown) {
      if (known.name != name) continue;
      if (const char* wanted = fault(value, known.type)) {
        return algolia_invalid(std::string(name) + ": must be " + wanted);
      }
    }
  }
  return {};
}

}  // namespace souk::gateway
