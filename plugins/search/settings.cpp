#include "plugins/search/settings.hpp"

#include <algorithm>

#include "plugins/search/model/stemmer.hpp"
#include "plugins/search/state/rules.hpp"

namespace souk::search {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kDefaultVisitGapMs = 30 * 60'000;
constexpr std::int64_t kDefaultWindowMs = 7 * kDayMs;
constexpr std::int64_t kDefaultPopularityMs = 14 * kDayMs;
constexpr std::int64_t kDefaultQueryMs = 60 * kDayMs;
constexpr std::int64_t kDefaultRankerMs = 3'600'000;
constexpr std::uint64_t kDefaultExamples = 20'000;

Status in_range(const char* name, bool present, double value, double low, double high) {
  if (!present || (value >= low && value <= high)) return {};
  const auto text = [](double number) {
    return number == static_cast<double>(static_cast<std::int64_t>(number))
               ? std::to_string(static_cast<std::int64_t>(number))
               : std::to_string(number);
  };
  return Status(
      Code::invalid_argument,
      std::string(name) + " is " + text(value) + ", allowed is " + text(low) + " to " + text(high),
      name);
}

Status validate_ranking(const v1::Ranking& r) {
  for (const Status& status :
       {in_range("ranking.behaviour", r.has_behaviour(), r.behaviour(), 0, 5),
        in_range("ranking.popularity", r.has_popularity(), r.popularity(), 0, 5),
        in_range("ranking.personal", r.has_personal(), r.personal(), 0, 5),
        in_range("ranking.intent", r.has_intent(), r.intent(), 0, 5),
        in_range("ranking.margin", r.has_margin(), r.margin(), 0, 5),
        in_range("ranking.newness", r.has_newness(), r.newness(), 0, 5),
        in_range("ranking.rating", r.has_rating(), r.rating(), 0, 5),
        in_range("ranking.vectors", r.has_vectors(), r.vectors(), 0, 5),
        in_range("ranking.recommendations", r.has_recommendations(), r.recommendations(), 0, 5),
        in_range("ranking.segments", r.has_segments(), r.segments(), 0, 5)}) {
    if (!status.ok()) return status;
  }
  return {};
}

Status validate_ranker(const v1::LearnedRanker& r) {
  const std::string& mode = r.mode();
  if (!mode.empty() && mode != "off" && mode != "report" && mode != "on") {
    return Status(Code::invalid_argument,
                  "ranker.mode is \"" + mode + "\", allowed are off, report, on", "ranker.mode");
  }
  if (Status status = in_range("ranker.train_interval", r.has_train_interval(),
                               static_cast<double>(r.train_interval()), 60'000, 31'536'000'000);
      !status.ok()) {
    return status;
  }
  return in_range("ranker.max_searches", r.has_max_searches(), r.max_searches(), 1000, 1'000'000);
}

}  // namespace

RankerSettings ranker_settings(const v1::Settings& settings) {
  const v1::LearnedRanker& given = settings.ranker();
  RankerSettings made;
  made.enabled = given.mode() != "off";
  made.on = given.mode() == "on";
  made.interval_us =
      (given.has_train_interval() ? given.train_interval() : kDefaultRankerMs) * 1000;
  made.max_examples = !made.enabled              ? 0
                      : given.has_max_searches() ? given.max_searches()
                                                 : kDefaultExamples;
  return made;
}

ServingSettings serving_settings(const v1::Settings& settings) {
  ServingSettings made;
  if (settings.has_limit()) made.limit = settings.limit();
  if (settings.has_distinct()) made.distinct = settings.distinct();
  if (settings.has_understand()) made.understand = settings.understand();
  if (settings.has_latent()) made.latent = settings.latent();
  const auto letters = [](std::uint32_t value) {
    return static_cast<std::uint8_t>(std::min<std::uint32_t>(value, 64));
  };
  if (settings.has_one_typo_from()) made.one_typo_from = letters(settings.one_typo_from());
  if (settings.has_two_typos_from()) made.two_typos_from = letters(settings.two_typos_from());
  if (settings.sold_out() == "hide") made.sold_out = ServingSettings::SoldOut::hide;
  if (settings.sold_out() == "show") made.sold_out = ServingSettings::SoldOut::show;
  const v1::Ranking& r = settings.ranking();
  RankingWeights& w = made.weights;
  if (r.has_behaviour()) w.behaviour = r.behaviour();
  if (r.has_popularity()) w.popularity = r.popularity();
  if (r.has_personal()) w.personal = r.personal();
  if (r.has_intent()) w.intent = r.intent();
  if (r.has_margin()) w.margin = r.margin();
  if (r.has_newness()) w.newness = r.newness();
  if (r.has_rating()) w.rating = r.rating();
  if (r.has_vectors()) w.vectors = r.vectors();
  if (r.has_recommendations()) w.recommendations = r.recommendations();
  if (r.has_segments()) w.segments = r.segments();
  made.learned = settings.ranker().mode() == "on";
  return made;
}

IndexWriter::Options index_options(const v1::Settings& settings) {
  IndexWriter::Options options;
  options.document.currency = settings.currency();
  options.document.group_by = settings.group_by();
  if (settings.languages_size() > 0) options.segment.text.languages.clear();
  for (const std::string& code : settings.languages()) {
    if (const auto language = language_of(code)) {
      options.segment.text.languages.push_back(*language);
    }
  }
  if (settings.has_max_products()) options.max_products = settings.max_products();
  return options;
}

BehaviourLimits behaviour_limits(const v1::Settings& s) {
  BehaviourLimits limits;
  if (s.has_max_queries()) limits.max_queries = s.max_queries();
  if (s.has_max_searches()) limits.max_searches = s.max_searches();
  if (s.has_max_shoppers()) limits.max_people = s.max_shoppers();
  limits.visit_gap_us = (s.has_visit_gap() ? s.visit_gap() : kDefaultVisitGapMs) * 1000;
  limits.window_us =
      (s.has_attribution_window() ? s.attribution_window() : kDefaultWindowMs) * 1000;
  limits.query_half_life_us =
      (s.has_query_half_life() ? s.query_half_life() : kDefaultQueryMs) * 1000;
  return limits;
}

std::int64_t popularity_half_life_us(const v1::Settings& s) {
  return (s.has_popularity_half_life() ? s.popularity_half_life() : kDefaultPopularityMs) * 1000;
}

Status validate(const v1::Settings& s) {
  for (const std::string& code : s.languages()) {
    if (language_of(code)) continue;
    return Status(Code::invalid_argument,
                  "languages holds \"" + code + "\", allowed are en, de, fr, es, it, nl, pt, sv",
                  "languages");
  }
  const std::string& sold_out = s.sold_out();
  if (!sold_out.empty() && sold_out != "last" && sold_out != "hide" && sold_out != "show") {
    return Status(Code::invalid_argument,
                  "sold_out is \"" + sold_out + "\", allowed are last, hide, show", "sold_out");
  }
  const auto number = [](auto value) { return static_cast<double>(value); };
  for (const Status& status : {
           in_range("limit", s.has_limit(), s.limit(), 1, 1000),
           in_range("distinct", s.has_distinct(), s.distinct(), 0, 10),
           in_range("one_typo_from", s.has_one_typo_from(), s.one_typo_from(), 3, 64),
           in_range("two_typos_from", s.has_two_typos_from(), s.two_typos_from(), 5, 64),
           in_range("visit_gap", s.has_visit_gap(), number(s.visit_gap()), 60'000, 86'400'000),
           in_range("attribution_window", s.has_attribution_window(),
                    number(s.attribution_window()), 60'000, 7'776'000'000),
           in_range("popularity_half_life", s.has_popularity_half_life(),
                    number(s.popularity_half_life()), 3'600'000, 31'536'000'000),
           in_range("query_half_life", s.has_query_half_life(), number(s.query_half_life()),
                    3'600'000, 31'536'000'000),
           in_range("max_products", s.has_max_products(), s.max_products(), 100, 50'000'000),
           in_range("max_queries", s.has_max_queries(), s.max_queries(), 100, 10'000'000),
           in_range("max_searches", s.has_max_searches(), s.max_searches(), 100, 10'000'000),
           in_range("max_shoppers", s.has_max_shoppers(), s.max_shoppers(), 10, 50'000'000),
           in_range("analytics_days", s.has_analytics_days(), s.analytics_days(), 1, 1000),
       }) {
    if (!status.ok()) return status;
  }
  if (s.has_one_typo_from() && s.has_two_typos_from() && s.one_typo_from() > s.two_typos_from()) {
    return Status(Code::invalid_argument, "one_typo_from is larger than two_typos_from",
                  "one_typo_from");
  }
  if (Status status = validate_ranking(s.ranking()); !status.ok()) return status;
  if (Status status = validate_ranker(s.ranker()); !status.ok()) return status;
  return Rules::compile(s.rules()).status();
}

}  // namespace souk::search
