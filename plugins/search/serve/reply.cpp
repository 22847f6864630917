#include "plugins/search/serve/reply.hpp"

#include <algorithm>
#include <array>

#include "plugins/search/serve/banner.hpp"
#include "plugins/search/serve/marks.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/serve/wire.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

using souk::v1::SearchHit;
using souk::v1::SearchReply;
using souk::v1::SearchRequest;

constexpr std::size_t kSnippetWords = 25;

/// What all hits of an answer have in common.
struct HitWriter {
  const SearchRequest& request;
  const Question& question;
  const Sources& sources;
  const Finder& finder;
  const PriceListFacts* prices;
  FieldSet fields;
  HighlightStyle style;
  HighlightScratch& scratch;

  /// The title always; of other texts those in which something was found. What is not returned is
  /// not marked either.
  void highlight(const ProductTexts& texts, std::string& out) const;
  void explain(const Hit& hit, std::string& out) const;
  /// Appends a SearchHit.
  void write(const Hit& hit, std::string& out) const;

 private:
  [[nodiscard]] bool has(int field) const { return (fields >> field & 1) != 0; }
  static void append(std::string_view name, const Highlight& marked, std::string& out);
};

void HitWriter::append(std::string_view name, const Highlight& marked, std::string& out) {
  thread_local std::string entry;
  entry.clear();
  wire::append_bytes(1, name, entry);
  wire::append_bytes(2, marked.text, entry);
  wire::append_bytes(SearchHit::kHighlightsFieldNumber, entry, out);
}

void HitWriter::highlight(const ProductTexts& texts, std::string& out) const {
  using souk::v1::Product;
  thread_local Highlight marked;
  const Highlighter& marker = finder.highlighter();
  if (has(Product::kTitleFieldNumber) && !texts.title.empty()) {
    marker.mark(texts.title, style, scratch, marked);
    append("title", marked, out);
  }
  if (has(Product::kBrandFieldNumber) && marker.may_mark(texts.brand)) {
    marker.mark(texts.brand, style, scratch, marked);
    if (marked.level != MatchLevel::none) append("brand", marked, out);
  }
  if (has(Product::kDescriptionFieldNumber) && marker.may_mark(texts.description)) {
    marker.snippet(texts.description, kSnippetWords, style, scratch, marked);
    if (marked.level != MatchLevel::none) append("description", marked, out);
  }
}

void HitWriter::explain(const Hit& hit, std::string& out) const {
  std::string reason;
  souk::v1::SearchFactor written;
  for (const Factor& factor : hit.factors) {
    written.set_name(std::string(factor.name));
    written.set_value(factor.value);
    wire::append_bytes(SearchHit::kFactorsFieldNumber, written.SerializeAsString(), out);
    if (factor.name != "text" && factor.value > 1.05) {
      reason.append(reason.empty() ? "lifted by " : ", ").append(factor.name);
    }
  }
  if (reason.empty()) reason = question.text.empty() ? "what is popular" : "its text fits best";
  wire::append_text(SearchHit::kReasonFieldNumber, hit.reason.empty() ? reason : hit.reason, out);
}

void HitWriter::write(const Hit& hit, std::string& out) const {
  const Segment& segment = *sources.corpus.parts[hit.part].segment;
  const ProductTexts texts = texts_of(segment, hit.doc);
  thread_local std::string product;
  product.clear();
  if (!append_view(segment, hit.doc, prices, sources.settings.currency(), fields, product)) {
    product.clear();
  }
  wire::append_text(SearchHit::kProductIdFieldNumber, texts.id, out);
  wire::append_double(SearchHit::kScoreFieldNumber, hit.score, out);
  wire::append_bytes(SearchHit::kProductFieldNumber, product, out);
  highlight(texts, out);
  if (question.explain) explain(hit, out);
  wire::append_number(SearchHit::kPinnedFieldNumber, hit.pinned ? 1 : 0, out);
  wire::append_number(SearchHit::kGroupSizeFieldNumber, hit.group_size, out);
  if (hit.distance >= 0) wire::append_double(SearchHit::kDistanceFieldNumber, hit.distance, out);
}

HighlightStyle style_of(const SearchRequest& request) {
  HighlightStyle style;
  if (!request.highlight_pre().empty()) style.before = request.highlight_pre();
  if (!request.highlight_post().empty()) style.after = request.highlight_post();
  return style;
}

/// Hundreds of values: as bytes at once, without a message for each.
void append_facets(const Question& question, const Answer& answer, std::string& out) {
  using souk::v1::SearchFacet;
  using souk::v1::SearchFacetValue;
  thread_local std::string bytes;
  thread_local std::string entry;
  for (const Facet& facet : answer.facets) {
    bytes.clear();
    wire::append_text(SearchFacet::kAttributeFieldNumber, facet.attribute, bytes);
    const auto choice =
        std::find_if(question.choices.begin(), question.choices.end(),
                     [&](const FacetChoice& each) { return each.attribute == facet.attribute; });
    for (const FacetValue& value : facet.values) {
      const bool selected = choice != question.choices.end() &&
                            std::find(choice->values.begin(), choice->values.end(), value.value) !=
                                choice->values.end();
      entry.clear();
      wire::append_text(SearchFacetValue::kValueFieldNumber, value.value, entry);
      wire::append_number(SearchFacetValue::kCountFieldNumber, value.count, entry);
      wire::append_number(SearchFacetValue::kSelectedFieldNumber, selected ? 1 : 0, entry);
      wire::append_bytes(SearchFacet::kValuesFieldNumber, entry, bytes);
    }
    if (facet.statistics) {
      wire::append_double(SearchFacet::kMinFieldNumber, facet.statistics->min, bytes);
      wire::append_double(SearchFacet::kMaxFieldNumber, facet.statistics->max, bytes);
      wire::append_double(SearchFacet::kMeanFieldNumber, facet.statistics->mean(), bytes);
    }
    const bool more = facet.distinct > facet.values.size();
    wire::append_number(SearchFacet::kMoreFieldNumber, more ? 1 : 0, bytes);
    wire::append_bytes(SearchReply::kFacetsFieldNumber, bytes, out);
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

void write_reply(const Question& question, const Sources& sources, const Answer& answer,
                 SearchReply& reply) {
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
  if (question.explain) write_explanation(sources, answer, reply);
}

void append_hits(const SearchRequest& request, const Question& question, const Sources& sources,
                 const Finder& finder, const Answer& answer, std::string& out) {
  const HitWriter writer{request,
                         question,
                         sources,
                         finder,
                         sources.known.accounts->prices(question.account, question.now_us),
                         field_set(request.fields()),
                         style_of(request),
                         highlight_scratch(sources.settings)};
  thread_local std::string bytes;
  for (const Hit& hit : answer.hits) {
    bytes.clear();
    writer.write(hit, bytes);
    wire::append_bytes(SearchReply::kHitsFieldNumber, bytes, out);
  }
  append_facets(question, answer, out);
}

}  // namespace souk::search
