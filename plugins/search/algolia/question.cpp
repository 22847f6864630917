#include "plugins/search/algolia/question.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "plugins/search/algolia/parameters_places.hpp"
#include "plugins/search/fold/searchable_attributes.hpp"
#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search::algolia {
namespace {

constexpr std::array<std::string_view, 2> kTrees = {"hierarchicalCategories",
                                                    "hierarchical_categories"};
/// Places count everywhere on earth when nobody says how near.
constexpr double kAnywhereM = 21e6;
constexpr double kWishWeight = 4;
constexpr double kLargestWish = 100;

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
  std::vector<Wish>& all = wishes.value();
  // Of a group the best one counts: what has it no longer gets the others.
  std::stable_sort(all.begin(), all.end(), [](const Wish& a, const Wish& b) {
    return a.group != b.group ? a.group < b.group : a.score > b.score;
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    rename(all[i].when);
    Filter when = all[i].when;
    for (std::size_t j = i; j-- > 0 && all[j].group == all[i].group;) {
      if (parameters.sum_scores) break;
      Filter without = all[j].when;
      without.negate();
      when.require(std::move(without));
    }
    const double factor = std::clamp(1 + kWishWeight * all[i].score, 0.01, kLargestWish);
    question.boosts.push_back({std::move(when), factor});
  }
  return {};
}

/// What was not declared a facet is nobody's value; numbers can be compared all the same.
void restrict_filter(const IndexSettings& settings, Filter& filter) {
  if (!settings.facets) return;
  const auto number = [](const std::string& value) {
    double read = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    return error == std::errc() && end == value.data() + value.size();
  };
  for (FilterTest& test : filter.tests) {
    if (test.relation != Relation::equal || test.attribute == "_tags" || test.attribute == "tags") {
      continue;
    }
    const bool declared =
        settings.facet(test.attribute) != nullptr ||
        settings.facet(record_name(test.attribute)) != nullptr ||
        std::any_of(kTrees.begin(), kTrees.end(), [&](std::string_view tree) {
          return test.attribute.starts_with("categories") && settings.facet(tree) != nullptr;
        });
    if (!declared) std::erase_if(test.values, [&](const auto& value) { return !number(value); });
  }
}

/// `facets: ["*"]` are those that are declared; of others nothing is counted.
Status read_facets(const Parameters& parameters, const IndexSettings* settings,
                   Question& question) {
  question.max_values = parameters.max_values;
  question.alphabetical = parameters.alphabetical;
  if (parameters.grouped_facets) question.grouped_facets.emplace_back("*");
  const bool strict = settings != nullptr && settings->facets.has_value();
  if (parameters.is_facet && strict) {
    const FacetSetting* facet = settings->facet(parameters.facet);
    if (facet == nullptr || !facet->searchable) {
      return Status(Code::invalid_argument, "Cannot search in `" + parameters.facet +
                                                "` attribute, you need to add `searchable(" +
                                                parameters.facet + ")` to attributesForFaceting.");
    }
  }
  const auto add = [&](const std::string& name, const FacetSetting* facet) {
    question.facets.push_back(engine_name(name));
    if (facet != nullptr && facet->after_distinct) {
      question.grouped_facets.push_back(engine_name(name));
    }
  };
  for (const std::string& name : parameters.facets) {
    if (!strict) {
      add(name, nullptr);
    } else if (name == "*") {
      for (const FacetSetting& facet : *settings->facets) {
        if (!facet.filter_only) add(facet.name, &facet);
      }
    } else if (const FacetSetting* facet = settings->facet(name);
               facet != nullptr && !facet->filter_only) {
      add(name, facet);
    }
  }
  return {};
}

Status read_fields(const Parameters& parameters, const IndexSettings* settings,
                   Question& question) {
  if (parameters.fields.empty() || parameters.fields.front() == "*") return {};
  question.fields = 0;
  for (const std::string& name : parameters.fields) {
    const auto searchable = [&] {
      const auto& all = settings->searchable;
      return std::find(all.begin(), all.end(), name) != all.end();
    };
    if (settings != nullptr && !settings->searchable.empty() && !searchable()) {
      return wrong_parameter("restrictSearchableAttributes",
                             "`" + name + "` is not in searchableAttributes");
    }
    question.fields = static_cast<FieldMask>(question.fields | field_bit(field_of_attribute(name)));
  }
  return {};
}

void read_words(const Parameters& parameters, const v1::Settings& settings, Question& question) {
  question.typos = parameters.typos;
  question.typo_choice = parameters.typo_choice;
  question.one_typo_from = parameters.one_typo_from;
  question.two_typos_from = std::max(parameters.two_typos_from, parameters.one_typo_from);
  question.exact_words = parameters.exact_words;
  for (const std::string& words : parameters.optional_words) {
    TokenStream read;
    tokenize(words, read, 64);
    for (const Token& token : read.tokens)
      question.optional_words.emplace_back(read.of(token));
  }
  question.removal = parameters.removal;
  question.syntax = parameters.syntax;
  question.prefix = parameters.prefix;
  question.synonyms = parameters.synonyms;
  for (const std::string& code : parameters.stop_languages) {
    question.without_stop_words = true;
    if (const auto language = language_of(code)) question.stop_languages.push_back(*language);
    if (code != "*") continue;
    for (const std::string& own : settings.languages()) {
      if (const auto language = language_of(own)) question.stop_languages.push_back(*language);
    }
    if (settings.languages_size() == 0) question.stop_languages.push_back(Language::kEnglish);
  }
}

void read_places(const Parameters& parameters, Question& question) {
  question.around = parameters.around;
  if (parameters.around) {
    const double radius =
        parameters.any_radius ? kAnywhereM : parameters.radius_m.value_or(kAnywhereM);
    question.filter.require(
        near_filter(*parameters.around, std::max(radius, parameters.least_radius_m)));
    // The nearer first, among what is as relevant.
    question.order = question.order.empty() ? "distance" : "distance," + question.order;
  }
  if (!parameters.boxes.empty() || !parameters.polygons.empty()) {
    question.filter.require(inside_filter(parameters.boxes, parameters.polygons));
  }
}

/// Nobody sees more hits than paginationLimitedTo.
void limit_page(const IndexSettings& settings, Asked& asked) {
  if (settings.most_hits == 0) return;
  Question& question = asked.question;
  asked.most_hits = settings.most_hits;
  const std::uint64_t first = question.page * question.limit;
  if (question.page < settings.most_hits && first < settings.most_hits) return;
  asked.no_hits = true;
  question.page = 0;
}

/// Of an offset that is no multiple of the length: the smallest larger page that holds all of it.
void widen_page(std::uint64_t offset, Asked& asked) {
  constexpr std::uint64_t kLargest = 2'000;
  const std::uint64_t end = offset + asked.question.limit;
  for (std::uint64_t size = asked.question.limit; size <= kLargest; ++size) {
    const std::uint64_t page = offset / size;
    if ((page + 1) * size < end) continue;
    asked.question.page = page;
    asked.question.limit = static_cast<std::uint32_t>(size);
    asked.skipped = static_cast<std::uint32_t>(offset - page * size);
    return;
  }
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
    asked.shown = length;
    if (*parameters.offset % question.limit != 0) widen_page(*parameters.offset, asked);
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

Result<Asked> question_of(const Parameters& parameters, const Target& target,
                          const v1::Settings& settings, std::string_view account,
                          std::int64_t now_us) {
  Asked asked;
  Question& question = asked.question;
  question.dialect = Dialect::algolia;
  question.text = parameters.query;
  question.vector = parameters.vector;
  question.sort = target.sort;
  if (target.settings != nullptr) question.order = target.settings->order;
  if (Status status = read_filters(parameters, question); !status.ok()) return status;
  if (target.settings != nullptr) restrict_filter(*target.settings, question.filter);
  read_places(parameters, question);
  read_page(parameters, asked);
  if (target.settings != nullptr) limit_page(*target.settings, asked);
  if (Status status = read_facets(parameters, target.settings, question); !status.ok()) {
    return status;
  }
  if (Status status = read_fields(parameters, target.settings, question); !status.ok()) {
    return status;
  }
  read_words(parameters, settings, question);
  question.distinct = parameters.distinct.value_or(settings.distinct());
  question.contexts = parameters.contexts;
  question.rules = parameters.rules;
  question.account = account;
  question.shopper = key_of(parameters.user);
  question.personal = parameters.personal;
  question.personal_share = parameters.personal_share;
  question.explain = parameters.ranking_info;
  question.now_us = now_us;
  return asked;
}

}  // namespace souk::search::algolia
