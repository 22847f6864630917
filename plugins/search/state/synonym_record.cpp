#include "plugins/search/state/synonym_record.hpp"

#include <simdjson.h>

#include <string>
#include <vector>

#include "plugins/search/state/synonyms.hpp"

namespace souk::search {
namespace {

constexpr float kFull = 1.0F;
constexpr float kOneTypo = 0.8F;
constexpr float kTwoTypos = 0.6F;

std::string synonym_text_at(const simdjson::dom::object& record, const char* name) {
  std::string_view value;
  if (record[name].get(value) != simdjson::SUCCESS) return {};
  return std::string(value);
}

std::vector<std::string> texts_at(const simdjson::dom::object& record, const char* name) {
  std::vector<std::string> texts;
  simdjson::dom::array list;
  if (record[name].get(list) != simdjson::SUCCESS) return texts;
  for (const auto element : list) {
    std::string_view value;
    if (element.get(value) == simdjson::SUCCESS) texts.emplace_back(value);
  }
  return texts;
}

}  // namespace

bool add_synonym_record(std::string_view json, Synonyms& synonyms) {
  simdjson::dom::parser parser;
  simdjson::dom::object record;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(record) != simdjson::SUCCESS) return false;
  const std::string type = synonym_text_at(record, "type");
  const std::size_t before = synonyms.phrases();
  if (type == "synonym" || type.empty()) {
    const auto all = texts_at(record, "synonyms");
    for (const std::string& from : all) {
      for (const std::string& to : all)
        synonyms.add(from, to, kFull);
    }
  } else if (type == "oneWaySynonym" || type == "onewaysynonym") {
    const std::string input = synonym_text_at(record, "input");
    for (const std::string& to : texts_at(record, "synonyms"))
      synonyms.add(input, to, kFull);
  } else if (type.starts_with("alt")) {
    const float weight = type.ends_with('2') ? kTwoTypos : kOneTypo;
    const std::string word = synonym_text_at(record, "word");
    for (const std::string& to : texts_at(record, "corrections"))
      synonyms.add(word, to, weight);
  }
  return synonyms.phrases() > before;
}

}  // namespace souk::search
