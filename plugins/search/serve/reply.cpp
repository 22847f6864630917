#include "plugins/search/serve/reply.hpp"

#include <algorithm>
#include <array>

#include "plugins/search/serve/banner.hpp"
#include "plugins/search/serve/marks.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

using souk::v1::SearchHit;
using souk::v1::SearchReply;
using souk::v1::SearchRequest;

constexpr std::size_t kSnippetWords = 25;

/// The title always; of other texts those in which something was found.
void highlight(const SearchRequest& request, const Sources& sources, const Finder& finder,
               const souk::v1::Product& product, SearchHit& out) {
  HighlightStyle style;
  if (!request.highlight_pre().empty()) style.before = request.highlight_pre();
  if (!request.highlight_post().empty()) style.after = request.highlight_post();
  HighlightScratch& scratch = highlight_scratch(sources.settings);
  thread_local Highlight marked;
  auto& texts = *out.mutable_highlights();
  if (!product.title().empty()) {
    finder.highlighter().mark(product.title(), style, scratch, marked);
    texts["title"] = marked.text;
  }
  if (!product.brand().empty()) {
    finder.highlighter().mark(product.brand(), style, scratch, marked);
    if (marked.level != MatchLevel::none) texts["brand"] = marked.text;
  }
  if (!product.description().plain().empty()) {
    finder.highlighter().snippet(product.description().plain(), kSnippetWords, style, scratch,
                                 marked);
    if (marked.level != MatchLevel::none) texts["description"] = marked.text;
  }
}

void write_hit(const SearchRequest& request, const Question& question, const Sources& sources,
               const PriceListFacts* prices, const Finder& finder, const Hit& hit, SearchHit& out) {
  const Segment& segment = *sources.corpus.parts[hit.part].segment;
  souk::v1::Product& product = *out.mutable_product();
  view_product(segment, hit.doc, prices, sources.settings.currency(), product);
  out.set_product_id(product.id());
  out.set_score(hit.score);
  out.set_pinned(hit.pinned);
  out.set_group_size(hit.group_size);
  if (hit.distance >= 0) out.set_distance(hit.distance);
  highlight(request, sources, finder, product, out);
  keep_fields(request.fields(), product);
  if (!question.explain) return;
  std::string reason;
  for (const Factor& factor : hit.factors) {
    auto* written = out.add_factors();
    written->set_name(std::string(factor.name));
    written->set_value(factor.value);
    if (factor.name != "text" && factor.value > 1.05) {
      reason.append(reason.empty() ? "lifted by " : ", ").append(factor.name);
    }
  }
  if (reason.empty()) reason = question.text.empty() ? "what is popular" : "its text fits best";
  out.set_reason(hit.reason.empty() ? reason : hit.reason);
}

void write_facets(const Question& question, const Answer& answer, SearchReply& reply) {
  for (const Facet& facet : answer.facets) {
    auto* out = reply.add_facets();
    out->set_attribute(facet.attribute);
    const auto choice =
        std::find_if(question.choices.begin(), question.choices.end(),
                     [&](const FacetChoice& each) { return each.attribute == facet.attribute; });
    for (const FacetValue& value : facet.values) {
      auto* entry = out->add_values();
      entry->set_value(value.value);
      entry->set_count(value.count);
      entry->set_selected(choice != question.choices.end() &&
                          std::find(choice->values.begin(), choice->values.end(), value.value) !=
                              choice->values.end());
    }
    if (facet.statistics) {
      out->set_min(facet.statistics->min);
      out->set_max(facet.statistics->max);
      out->set_mean(facet.statistics->mean());
    }
    out->set_more(facet.distinct > facet.values.size());
  }
}

void write_explanation(const Sources& sources, const Answer& answer, SearchReply& reply) {
  auto& out = *reply.mutable_explanation();
  for (const std::string& word : answer.words)
    out.add_words(word);
  for (const std::string& source : answer.sources)
    out.add_sources(source);
  for (const std::string& note : answer.notes)
    out.add_notes(note);
  out.set_last_sequence(std::max(sources.corpus.last_sequence, sources.known.last_sequence));
}

}  // namespace

std::string query_id_of(std::string_view request_id, std::string_view query, std::int64_t now_us) {
  std::string seed(request_id);
  seed.append("\n").append(query).append("\n").append(std::to_string(now_us));
  const XXH128_hash_t hash = XXH3_128bits(seed.data(), seed.size());
  std::string text;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4)
      text += kDigits[(half >> shift) & 15];
  }
  return text;
}

void write_reply(const SearchRequest& request, const Question& question, const Sources& sources,
                 const Finder& finder, const Answer& answer, SearchReply& reply) {
  const PriceListFacts* prices = sources.known.accounts->prices(question.account, question.now_us);
  for (const Hit& hit : answer.hits)
    write_hit(request, question, sources, prices, finder, hit, *reply.add_hits());
  reply.set_total(answer.total);
  reply.set_corrected(answer.corrected);
  reply.set_page(static_cast<std::uint32_t>(question.page));
  reply.set_pages(answer.pages);
  reply.set_limit(question.limit);
  reply.set_note(answer.note);
  reply.set_redirect(answer.redirect);
  for (const Intent& intent : answer.intents) {
    auto* out = reply.add_intents();
    out->set_words(intent.words);
    out->set_filter(intent.filter);
    out->set_evidence(intent.evidence);
    out->set_soft(intent.soft);
  }
  for (const std::string& banner : answer.banners)
    write_banner(banner, *reply.add_banners());
  for (const std::string& rule : answer.applied_rules)
    reply.add_applied_rules(rule);
  write_facets(question, answer, reply);
  if (question.explain) write_explanation(sources, answer, reply);
}

}  // namespace souk::search
