#include "plugins/search/train/example_texts.hpp"

#include <algorithm>

#include "plugins/search/serve/widening.hpp"

namespace souk::search {
namespace {

constexpr std::uint32_t kTop = 128;  ///< as many as answers rank

}  // namespace

ExampleTexts::ExampleTexts(const Sources& sources) : sources_(sources) {
  for (const Corpus::Part& part : sources.corpus.parts)
    all_.push_back({&part.segment->text(), part.live.get()});
}

void ExampleTexts::take(const TextHit& hit, float best,
                        std::unordered_map<std::uint64_t, TextFit>& fits) const {
  const Segment& segment = *sources_.corpus.parts[hit.segment].segment;
  fits[segment.key(hit.document)] = {std::min(1.0F, hit.score / best), hit.exactness};
}

void ExampleTexts::find(std::string_view query, const std::vector<std::uint64_t>& products,
                        std::unordered_map<std::uint64_t, TextFit>& fits) {
  fits.clear();
  query_ = TextQuery();
  query_.one_typo_from = sources_.serving.one_typo_from;
  query_.two_typos_from = sources_.serving.two_typos_from;
  query_.top = kTop;
  read_query(query, query_);
  add_synonyms(sources_.compiled.synonyms, query_);
  add_synonyms(sources_.known.synonyms->compiled(), query_);
  searcher_.search(all_, query_, scratch_, result_);
  if (result_.top.empty() || !(result_.top.front().score > 0)) return;
  const float best = result_.top.front().score;
  for (const TextHit& hit : result_.top)
    take(hit, best, fits);
  // Those that match but are not among the best are looked at alone.
  std::vector<DocSet> rest;
  for (const Corpus::Part& part : sources_.corpus.parts)
    rest.emplace_back(part.segment->size());
  bool any = false;
  for (const std::uint64_t product : products) {
    const Corpus::Place place = sources_.corpus.find(product);
    if (!place || fits.contains(product)) continue;
    if (!result_.matches[place.part].contains(place.doc)) continue;
    rest[place.part].add(place.doc);
    any = true;
  }
  if (!any) return;
  std::vector<SegmentText> some;
  for (std::size_t i = 0; i < rest.size(); ++i)
    some.push_back({all_[i].index, &rest[i]});
  query_.top = kMaxTop;
  searcher_.search(some, query_, scratch_, result_);
  for (const TextHit& hit : result_.top)
    take(hit, best, fits);
}

}  // namespace souk::search
