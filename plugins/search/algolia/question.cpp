#include "plugins/search/algolia/question.hpp"

#include <algorithm>
#include <array>

#include "plugins/search/state/keys.hpp"

namespace souk::search::algolia {
namespace {

constexpr std::array<std::string_view, 2> kTrees = {"hierarchicalCategories",
                                                    "hierarchical_categories"};
/// Places count everywhere on earth when nobody says how near.
constexpr double kAnywhereM = 21e6;
constexpr double kWishWeight = 4;
constexpr double kLargestWish = 100;

bool has_attribute(const Corpus& corpus, std::string_view name) {
  return std::any_of(corpus.parts.begin(), corpus.parts.end(), [name](const Corpus::Part& part) {
    return static_cast<bool>(part.segment->columns().find(name));
  });
}

void rename(Filter& filter) {
  for (FilterTest& test : filter.tests)
    test.attribute = engine_name(test.attribute);
}

Status require(Result<Filter> part, Filter& whole) {
  if (!part.ok()) return part.status();
  rename(part.value());
  whole.require(std::move(part).value());
  return {};
}

Status read_filters(const Parameters& parameters, Question& question) {
  Filter& whole = question.filter;
  Status status = require(parse_filter(parameters.filters, "filters", Dialect::algolia), whole);
  if (status.ok()) {
    status = require(parse_facet_filters(parameters.facet_filters, "facetFilters"), whole);
  }
  if (status.ok()) {
    status = require(parse_numeric_filters(parameters.numeric_filters, "numericFilters"), whole);
  }
  if (status.ok()) {
    status = require(parse_tag_filters(parameters.tag_filters, "tagFilters"), whole);
  }
  if (!status.ok()) return status;
  auto wishes = parse_optional_filters(parameters.optional_filters, "optionalFilters");
  if (!wishes.ok()) return wishes.status();
  for (Wish& wish : wishes.value()) {
    rename(wish.when);
    const double factor = std::clamp(1 + kWishWeight * wish.score, 0.01, kLargestWish);
    question.boosts.push_back({std::move(wish.when), factor});
  }
  return {};
}

void read_places(const Parameters& parameters, Question& question) {
  question.around = parameters.around;
  if (parameters.around && parameters.radius_m) {
    question.filter.require(near_filter(*parameters.around, *parameters.radius_m));
  } else if (parameters.around) {
    question.filter.require(near_filter(*parameters.around, kAnywhereM));
  }
  if (!parameters.boxes.empty()) question.filter.require(inside_filter(parameters.boxes));
}

void read_page(const Parameters& parameters, Asked& asked) {
  Question& question = asked.question;
  question.page = parameters.page;
  question.limit = parameters.hits_per_page;
  if (parameters.offset) {
    const std::uint32_t length = parameters.length.value_or(20);
    question.limit = std::max(length, 1U);
    question.page = *parameters.offset / question.limit;
    asked.no_hits = length == 0;
    if (*parameters.offset % question.limit != 0) {
      const std::uint64_t all = *parameters.offset + length;
      if (all <= 1'000) {
        question.page = 0;
        question.limit = static_cast<std::uint32_t>(all);
        asked.skipped = static_cast<std::uint32_t>(*parameters.offset);
      }
    }
  }
  if (question.limit == 0) {
    asked.no_hits = true;
    question.limit = 1;
    question.page = 0;
  }
}

}  // namespace

std::string engine_name(std::string_view attribute) {
  for (const std::string_view tree : kTrees) {
    if (attribute == tree) return "categories";
    if (attribute.size() > tree.size() && attribute.starts_with(tree) &&
        attribute[tree.size()] == '.') {
      return "categories" + std::string(attribute.substr(tree.size()));
    }
  }
  return std::string(attribute);
}

std::string record_name(std::string_view attribute) {
  for (const std::string_view prefix : {"attributes.", "options."}) {
    if (attribute.starts_with(prefix)) return std::string(attribute.substr(prefix.size()));
  }
  return std::string(attribute);
}

Result<std::string> sort_of_index(std::string_view index, const Corpus& corpus) {
  constexpr std::string_view kSort = "/sort/";
  if (const std::size_t at = index.find(kSort); at != std::string_view::npos) {
    return std::string(index.substr(at + kSort.size()));
  }
  const bool up = index.ends_with("_asc");
  if (!up && !index.ends_with("_desc")) return std::string();
  std::string_view name = index.substr(0, index.size() - (up ? 4 : 5));
  for (;;) {
    if (has_attribute(corpus, name)) return std::string(name) + (up ? " asc" : " desc");
    const std::size_t underscore = name.find('_');
    if (underscore == std::string_view::npos) break;
    name.remove_prefix(underscore + 1);
  }
  return Status(Code::not_found, "Index " + std::string(index) + " does not exist");
}

Result<Asked> question_of(const Parameters& parameters, const Corpus& corpus,
                          std::string_view account, std::int64_t now_us) {
  Asked asked;
  Question& question = asked.question;
  question.dialect = Dialect::algolia;
  question.text = parameters.query;
  auto sort = sort_of_index(parameters.index, corpus);
  if (!sort.ok()) return sort.status();
  question.sort = std::move(sort).value();
  if (Status status = read_filters(parameters, question); !status.ok()) return status;
  read_places(parameters, question);
  read_page(parameters, asked);
  for (const std::string& facet : parameters.facets)
    question.facets.push_back(engine_name(facet));
  question.max_values = parameters.max_values;
  question.distinct = parameters.distinct;
  question.contexts = parameters.contexts;
  question.account = account;
  question.shopper = key_of(parameters.user);
  question.personal = parameters.personal;
  question.typos = parameters.typos;
  question.explain = parameters.ranking_info;
  question.now_us = now_us;
  return asked;
}

}  // namespace souk::search::algolia
