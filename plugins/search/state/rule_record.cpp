// A rule in the form of the Algolia API, as SearchRulesSet carries it.
#include <simdjson.h>

#include <limits>
#include <string>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"
#include "plugins/search/state/rules.hpp"

namespace souk::search {
namespace {

using simdjson::SUCCESS;
using Object = simdjson::dom::object;
using Array = simdjson::dom::array;

std::string text_at(const Object& object, const char* name) {
  std::string_view value;
  return object[name].get(value) == SUCCESS ? std::string(value) : std::string();
}

bool truth_at(const Object& object, const char* name, bool otherwise) {
  bool value = otherwise;
  return object[name].get(value) == SUCCESS ? value : otherwise;
}

void read_condition(const Object& object, Rule& rule) {
  Rule::Condition condition;
  std::string_view pattern;
  const bool has_pattern = object["pattern"].get(pattern) == SUCCESS;
  condition.query = normalized(pattern);
  const std::string anchoring = text_at(object, "anchoring");
  condition.match = anchoring == "contains"     ? Rule::Match::contains
                    : anchoring == "startsWith" ? Rule::Match::starts_with
                    : anchoring == "endsWith"   ? Rule::Match::ends_with
                                                : Rule::Match::is;
  if (!has_pattern) condition.match = Rule::Match::contains;
  condition.context = text_at(object, "context");
  rule.conditions.push_back(std::move(condition));
}

void read_promotions(const Object& consequence, Rule& rule) {
  Array promoted;
  if (consequence["promote"].get(promoted) != SUCCESS) return;
  for (const auto element : promoted) {
    Object each;
    if (element.get(each) != SUCCESS) continue;
    std::uint64_t position = 0;
    if (each["position"].get(position) != SUCCESS) position = 0;
    const auto add = [&](std::string_view id) {
      rule.pins.push_back(
          {key_of(id), static_cast<std::uint32_t>(std::min<std::uint64_t>(++position, 1000))});
    };
    if (const std::string id = text_at(each, "objectID"); !id.empty()) add(id);
    Array ids;
    if (each["objectIDs"].get(ids) != SUCCESS) continue;
    for (const auto id : ids) {
      std::string_view text;
      if (id.get(text) == SUCCESS) add(text);
    }
  }
}

void read_hidden(const Object& consequence, Rule& rule) {
  Array hidden;
  if (consequence["hide"].get(hidden) != SUCCESS) return;
  for (const auto element : hidden) {
    Object each;
    if (element.get(each) == SUCCESS) rule.hidden.push_back(key_of(text_at(each, "objectID")));
  }
}

Status read_parameters(const Object& consequence, Rule& rule) {
  Object parameters;
  if (consequence["params"].get(parameters) != SUCCESS) return {};
  rule.replace_query = text_at(parameters, "query");
  auto filter =
      parse_filter(text_at(parameters, "filters"), "consequence.params.filters", Dialect::algolia);
  if (!filter.ok()) return filter.status();
  rule.filter = std::move(*filter);
  Object rendering, redirect;
  if (parameters["renderingContent"].get(rendering) == SUCCESS &&
      rendering["redirect"].get(redirect) == SUCCESS) {
    rule.redirect = text_at(redirect, "url");
  }
  return {};
}

/// Seconds since 1970.
void read_validity(const Object& record, Rule& rule) {
  Array times;
  if (record["validity"].get(times) != SUCCESS) return;
  for (const auto element : times) {
    Object each;
    if (element.get(each) != SUCCESS) continue;
    std::int64_t from = 0;
    std::int64_t until = std::numeric_limits<std::int64_t>::max() / 1'000'000;
    if (each["from"].get(from) != SUCCESS) from = 0;
    std::int64_t given = 0;
    if (each["until"].get(given) == SUCCESS) until = std::min(until, given);
    rule.times.emplace_back(from * 1'000'000, until * 1'000'000);
  }
}

}  // namespace

Result<Rule> read_rule_record(std::string_view json) {
  simdjson::dom::parser parser;
  Object record;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(record) != SUCCESS) {
    return Status(Code::invalid_argument, "the rule is no JSON object");
  }
  Rule rule;
  rule.id = text_at(record, "objectID");
  if (!truth_at(record, "enabled", true)) {
    // One that can never hold keeps its place among the records.
    rule.times.emplace_back(0, 0);
    return rule;
  }
  Array conditions;
  if (record["conditions"].get(conditions) == SUCCESS) {
    for (const auto element : conditions) {
      Object each;
      if (element.get(each) == SUCCESS) read_condition(each, rule);
    }
  }
  Object condition;
  if (record["condition"].get(condition) == SUCCESS) read_condition(condition, rule);
  read_validity(record, rule);
  Object consequence;
  if (record["consequence"].get(consequence) != SUCCESS) return rule;
  if (Status status = read_parameters(consequence, rule); !status.ok()) return status;
  read_promotions(consequence, rule);
  read_hidden(consequence, rule);
  rule.ignore_filters = !truth_at(consequence, "filterPromotes", true);
  Object data;
  if (consequence["userData"].get(data) == SUCCESS) rule.banner = simdjson::minify(data);
  return rule;
}

}  // namespace souk::search
