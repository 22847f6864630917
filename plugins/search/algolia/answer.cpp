#include "plugins/search/algolia/answer.hpp"

#include <algorithm>

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
  member("renderingContent", out);
  out += '{';
  if (!answer.redirect.empty()) {
    member("redirect", out);
    out += '{';
    text("url", answer.redirect, out);
    out += '}';
  }
  out += '}';
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

void append_exhaustive(std::string& out) {
  truth("exhaustiveNbHits", true, out);
  truth("exhaustiveFacetsCount", true, out);
  truth("exhaustiveTypo", true, out);
  member("exhaustive", out);
  out += R"({"facetsCount":true,"nbHits":true,"typo":true})";
}

}  // namespace

void append_hit(const Parameters& parameters, const Sources& sources, const Question& question,
                const Finder& finder, const Hit& hit, std::string& out) {
  const Segment& segment = *sources.corpus.parts[hit.part].segment;
  const PriceListFacts* prices = sources.known.accounts->prices(question.account, question.now_us);
  souk::v1::Product product;
  view_product(segment, hit.doc, prices, sources.settings.currency(), product);
  JsonValue record = record_of(product, sources.settings.currency(), prices != nullptr);
  HighlightScratch& scratch = highlight_scratch(sources.settings);
  JsonValue highlights = highlights_of(record, finder.highlighter(), parameters, scratch);
  JsonValue snippets = snippets_of(record, finder.highlighter(), parameters, scratch);
  retrieve(parameters.retrieve, record);
  record.set("_highlightResult", std::move(highlights));
  if (!snippets.members.empty()) record.set("_snippetResult", std::move(snippets));
  if (parameters.ranking_info) {
    JsonValue ranking = JsonValue::object();
    ranking.set("userScore", JsonValue::of(hit.score));
    ranking.set("promoted", JsonValue::of(hit.pinned));
    ranking.set("geoDistance", JsonValue::of(std::max(hit.distance, 0.0)));
    for (const Factor& factor : hit.factors)
      ranking.set(factor.name, JsonValue::of(factor.value));
    record.set("_rankingInfo", std::move(ranking));
  }
  append_json(record, out);
}

void append_result(const Parameters& parameters, const Asked& asked, const Sources& sources,
                   const Finder& finder, const Answer& answer, std::string_view query_id,
                   std::uint64_t took_us, std::string& out) {
  const Question& question = asked.question;
  out += "{\"hits\":[";
  if (!asked.no_hits) {
    for (std::size_t i = asked.skipped; i < answer.hits.size(); ++i) {
      if (out.back() != '[') out += ',';
      append_hit(parameters, sources, question, finder, answer.hits[i], out);
    }
  }
  out += ']';
  count("nbHits", answer.total, out);
  if (parameters.offset) {
    count("offset", *parameters.offset, out);
    count("length", parameters.length.value_or(20), out);
  }
  const std::uint32_t per_page = asked.no_hits ? 0 : question.limit;
  count("page", parameters.page, out);
  count("nbPages", per_page == 0 ? 0 : (answer.total + per_page - 1) / per_page, out);
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
  append_rules(answer, out);
  out += '}';
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
