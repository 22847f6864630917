#include "plugins/search/algolia/answer.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "plugins/search/algolia/highlight.hpp"
#include "plugins/search/algolia/record.hpp"
#include "plugins/search/serve/marks.hpp"
#include "plugins/search/serve/product_view.hpp"

namespace souk::search::algolia {
namespace {

void member(std::string_view name, std::string& out) {
  if (out.back() != '{') out += ',';
  append_json_text(name, out);
  out += ':';
}

void text(std::string_view name, std::string_view value, std::string& out) {
  member(name, out);
  append_json_text(value, out);
}

void count(std::string_view name, std::uint64_t value, std::string& out) {
  member(name, out);
  out += std::to_string(value);
}

void truth(std::string_view name, bool value, std::string& out) {
  member(name, out);
  out += value ? "true" : "false";
}

/// The names under which the client asked, by the engine's names.
std::string client_name(const Parameters& parameters, const std::string& attribute) {
  for (const std::string& asked : parameters.facets) {
    if (asked != "*" && engine_name(asked) == attribute) return asked;
  }
  return record_name(attribute);
}

void append_facets(const Parameters& parameters, const Answer& answer, std::string& out) {
  member("facets", out);
  out += '{';
  for (const Facet& facet : answer.facets) {
    if (!facet.known || facet.values.empty()) continue;
    member(client_name(parameters, facet.attribute), out);
    out += '{';
    auto values = facet.values;
    if (parameters.alphabetical) {
      std::sort(values.begin(), values.end(),
                [](const FacetValue& a, const FacetValue& b) { return a.value < b.value; });
    }
    for (const FacetValue& value : values)
      count(value.value, value.count, out);
    out += '}';
  }
  out += '}';
  member("facets_stats", out);
  out += '{';
  for (const Facet& facet : answer.facets) {
    if (!facet.statistics || facet.statistics->count == 0) continue;
    member(client_name(parameters, facet.attribute), out);
    out += '{';
    const std::pair<std::string_view, double> figures[] = {{"min", facet.statistics->min},
                                                           {"max", facet.statistics->max},
                                                           {"avg", facet.statistics->mean()},
                                                           {"sum", facet.statistics->sum}};
    for (const auto& [name, value] : figures) {
      member(name, out);
      append_json_number(value, out);
    }
    out += '}';
  }
  out += '}';
}

void append_rules(const Answer& answer, std::string& out) {
  if (!answer.banners.empty()) {
    member("userData", out);
    out += '[';
    for (const std::string& banner : answer.banners) {
      if (out.back() != '[') out += ',';
      out += banner;
    }
    out += ']';
  }
  if (answer.applied_rules.empty()) return;
  member("appliedRules", out);
  out += '[';
  for (const std::string& rule : answer.applied_rules) {
    if (out.back() != '[') out += ',';
    out += '{';
    text("objectID", rule, out);
    out += '}';
  }
  out += ']';
}

/// The members that Algolia's clients know, and our factors.
JsonValue ranking_info(const Hit& hit) {
  JsonValue ranking = JsonValue::object();
  const auto number = [&ranking](std::string_view name, double value) {
    ranking.set(name, JsonValue::of(value));
  };
  number("nbTypos", hit.typos);
  number("words", hit.matched);
  number("nbExactWords", hit.typos == 0 ? hit.matched : hit.matched - 1);
  number("firstMatchedWord", 0);
  number("proximityDistance", 0);
  number("filters", 0);
  number("geoDistance", std::floor(std::max(hit.distance, 0.0)));
  number("geoPrecision", 1);
  number("userScore", hit.score);
  ranking.set("promoted", JsonValue::of(hit.pinned));
  for (const Factor& factor : hit.factors)
    number(factor.name, factor.value);
  return ranking;
}

/// What the index's settings and the rules say of how answers are shown.
void append_rendering(const Parameters& parameters, const Answer& answer, std::string& out) {
  member("renderingContent", out);
  if (answer.redirect.empty()) {
    out += parameters.rendering.empty() ? "{}" : parameters.rendering;
    return;
  }
  out += "{\"redirect\":{";
  text("url", answer.redirect, out);
  out += '}';
  if (parameters.rendering.size() > 2) out.append(",").append(parameters.rendering, 1);
  if (parameters.rendering.size() <= 2) out += '}';
}

/// Members of an answer that were not asked for are taken out; what stands in `text` from `begin`.
void keep_fields(const std::vector<std::string>& names, std::size_t begin, std::string& out) {
  if (std::find(names.begin(), names.end(), "*") != names.end()) return;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  const simdjson::padded_string padded(std::string_view(out).substr(begin));
  if (parser.parse(padded).get(object) != simdjson::SUCCESS) return;
  out.resize(begin);
  out += '{';
  for (const auto& [name, value] : object) {
    const bool kept = std::find(names.begin(), names.end(), name) != names.end();
    // Without them clients and InstantSearch fail.
    const bool needed = name == "hits" || name == "nbHits" || name == "page" || name == "nbPages" ||
                        name == "hitsPerPage" || name == "processingTimeMS" || name == "query" ||
                        name == "params" || name == "index";
    if (!kept && !needed) continue;
    member(name, out);
    out += simdjson::minify(value);
  }
  out += '}';
}

void append_exhaustive(std::string& out) {
  truth("exhaustiveNbHits", true, out);
  truth("exhaustiveFacetsCount", true, out);
  truth("exhaustiveTypo", true, out);
  member("exhaustive", out);
  out += R"({"facetsCount":true,"nbHits":true,"typo":true})";
}

}  // namespace

void append_hit(const Parameters& parameters, const Target& target, const Sources& sources,
                const Question& question, const Finder& finder, const Hit& hit, std::string& out) {
  const Segment& segment = *sources.corpus.parts[hit.part].segment;
  const PriceListFacts* prices = sources.known.accounts->prices(question.account, question.now_us);
  souk::v1::Product product;
  view_product(segment, hit.doc, prices, sources.settings.currency(), product);
  JsonValue record = record_of(product, sources.settings.currency(), prices != nullptr);
  if (target.settings != nullptr) leave_out(target.settings->unretrievable, record);
  HighlightScratch& scratch = highlight_scratch(sources.settings);
  JsonValue highlights = highlights_of(record, finder.highlighter(), parameters, scratch);
  JsonValue snippets = snippets_of(record, finder.highlighter(), parameters, scratch);
  retrieve(parameters.retrieve, record);
  record.set("_highlightResult", std::move(highlights));
  if (!snippets.members.empty()) record.set("_snippetResult", std::move(snippets));
  if (parameters.ranking_info) {
    record.set("_rankingInfo", ranking_info(hit));
  }
  append_json(record, out);
}

void append_result(const Parameters& parameters, const Target& target, const Asked& asked,
                   const Sources& sources, const Finder& finder, const Answer& answer,
                   std::string_view query_id, std::uint64_t took_us, std::string& out) {
  const Question& question = asked.question;
  const std::size_t begin = out.size();
  out += "{\"hits\":[";
  if (!asked.no_hits) {
    const std::uint64_t first = question.page * question.limit;
    const std::size_t end = std::size_t{asked.skipped} + asked.shown;
    for (std::size_t i = asked.skipped; i < std::min(end, answer.hits.size()); ++i) {
      if (asked.most_hits > 0 && first + i >= asked.most_hits) break;
      if (out.back() != '[') out += ',';
      append_hit(parameters, target, sources, question, finder, answer.hits[i], out);
    }
  }
  out += ']';
  count("nbHits", answer.total, out);
  if (parameters.offset) {
    count("offset", *parameters.offset, out);
    count("length", parameters.length.value_or(20), out);
  }
  const bool beyond = asked.no_hits && asked.most_hits > 0 && parameters.hits_per_page > 0;
  const std::uint32_t per_page =
      asked.no_hits && !beyond ? 0 : std::min(question.limit, asked.shown);
  count("page", parameters.page, out);
  const std::uint64_t shown =
      asked.most_hits > 0 ? std::min(answer.total, asked.most_hits) : answer.total;
  count("nbPages", per_page == 0 ? 0 : (shown + per_page - 1) / per_page, out);
  count("hitsPerPage", parameters.offset ? per_page : parameters.hits_per_page, out);
  append_facets(parameters, answer, out);
  append_exhaustive(out);
  text("query", parameters.query, out);
  text("params", parameters.text, out);
  text("index", parameters.index, out);
  if (!answer.corrected.empty()) text("queryAfterRemoval", answer.corrected, out);
  const std::uint64_t took_ms = std::max<std::uint64_t>(took_us / 1'000, 1);
  count("processingTimeMS", took_ms, out);
  count("serverTimeMS", took_ms, out);
  if (!query_id.empty()) text("queryID", query_id, out);
  append_rendering(parameters, answer, out);
  append_rules(answer, out);
  if (parameters.around_address && !parameters.around) {
    text("message", "aroundLatLngViaIP has no effect: where addresses are is not known here", out);
  }
  out += '}';
  if (parameters.response_fields) keep_fields(*parameters.response_fields, begin, out);
}

void append_facet_hits(const FacetSearchResult& found, std::uint64_t took_us, std::string& out) {
  out += "{\"facetHits\":[";
  for (const FacetHit& hit : found.hits) {
    if (out.back() != '[') out += ',';
    out += '{';
    text("value", hit.value, out);
    text("highlighted", hit.highlighted, out);
    count("count", hit.count, out);
    out += '}';
  }
  out += ']';
  truth("exhaustiveFacetsCount", found.exhaustive, out);
  count("processingTimeMS", std::max<std::uint64_t>(took_us / 1'000, 1), out);
  out += '}';
}

}  // namespace souk::search::algolia
