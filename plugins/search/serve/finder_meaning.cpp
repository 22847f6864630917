// What means what is asked for, found by the latent space, beside what has the words.
//
// It is asked only where few products have all words: measured, a meaning beside whole matches
// costs more than it brings (model/README.md, 4).
#include <algorithm>
#include <cmath>
#include <memory>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/model/latent_text.hpp"
#include "plugins/search/serve/category_intent.hpp"
#include "plugins/search/serve/finder.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kMostByMeaning = 50;  ///< products let in by their meaning alone
constexpr float kLeastCosine = 0.35F;       ///< below, things have no more than fashion in common
constexpr float kShareOfBest = 0.7F;        ///< of the best cosine
/// What a cosine of 1 adds, as a share of the best text: to what has some of the words, and to what
/// has none of them.
constexpr float kBesideWords = 0.5F;
constexpr float kWithoutWords = 0.25F;

/// The words of the question as they were read, each once.
std::vector<LatentWord> words_of(const TextQuery& query, const TextResult& result,
                                 const std::vector<Language>& languages) {
  thread_local std::unique_ptr<LatentWords> kept;
  if (kept == nullptr || kept->languages() != languages) {
    kept = std::make_unique<LatentWords>(languages);
  }
  LatentWords& reader = *kept;
  std::vector<LatentWord> words;
  for (std::size_t i = 0; i < query.words.size(); ++i) {
    const QueryWord& word = query.words[i];
    if (word.role == WordRole::kIgnored || word.role == WordRole::kExcluded) continue;
    const bool corrected = i < result.evidence.size() && !result.evidence[i].corrected.empty();
    reader.read(corrected ? result.evidence[i].corrected : word.text, 1, words);
  }
  return words;
}

bool says_exactly(const TextQuery& query) {
  return query.fields != kAllFields ||
         std::any_of(query.words.begin(), query.words.end(), [](const QueryWord& word) {
           return word.phrase != 0 || word.role == WordRole::kExcluded;
         });
}

}  // namespace

/// The nearest of what is allowed, over all parts.
void Finder::find_near(const ByteQuery& asked, const Sources& sources,
                       std::vector<NearProduct>& found) const {
  std::vector<ByteVectors::Near> nearest;
  for (std::uint32_t part = 0; part < allowed_.size(); ++part) {
    const ByteVectors* vectors = sources.meaning.of(*sources.corpus.parts[part].segment);
    if (vectors == nullptr) continue;
    asked.nearest(*vectors, allowed_[part], kMostByMeaning, kLeastCosine, nearest);
    for (const ByteVectors::Near& near : nearest)
      found.push_back({part, near.doc, near.cosine});
  }
  std::sort(found.begin(), found.end(), [](const NearProduct& a, const NearProduct& b) {
    return std::tie(b.cosine, a.part, a.doc) < std::tie(a.cosine, b.part, b.doc);
  });
  const float least = found.empty() ? 0 : kShareOfBest * found.front().cosine;
  while (!found.empty() && (found.size() > kMostByMeaning || found.back().cosine < least))
    found.pop_back();
}

void Finder::add_meaning(const Sources& sources, Answer& answer) {
  const LatentSpace* space = sources.meaning.space.get();
  if (space == nullptr || !sources.serving.latent || result_.all_words >= query_.enough ||
      sources.corpus.parts.empty() || says_exactly(query_)) {
    return;
  }
  std::vector<float> direction(space->dimensions());
  const float known = space->fold(
      words_of(query_, result_, sources.corpus.parts[0].segment->text().languages()), direction);
  const ByteQuery asked(direction);
  if (asked.empty()) return;
  float best = 0;
  std::uint8_t missing = 255;
  for (const Scored& scored : scored_) {
    best = std::max(best, scored.text);
    if (scored.missing > 0) missing = std::min(missing, scored.missing);
  }
  if (best <= 0) best = 1;
  if (missing == 255) missing = 1;
  // What lacks words is told apart by how much of the question it means, not by their number.
  for (Scored& scored : scored_) {
    if (scored.missing == 0) continue;
    scored.missing = missing;
    const ByteVectors* vectors = sources.meaning.of(*sources.corpus.parts[scored.part].segment);
    if (vectors == nullptr) continue;
    scored.words = scored.text;
    scored.meaning = std::max(0.0F, asked.cosine(*vectors, scored.doc));
    scored.text += kBesideWords * known * best * scored.meaning;
  }
  std::vector<NearProduct> found;
  find_near(asked, sources, found);
  bool any = false;
  for (const NearProduct& near : found) {
    if (matches_[near.part].contains(near.doc)) continue;
    any = true;
    matches_[near.part].add(near.doc);
    ++total_;
    const Segment& segment = *sources.corpus.parts[near.part].segment;
    scored_.push_back({.part = near.part,
                       .doc = near.doc,
                       .missing = missing,
                       .sold_out = segment.sold_out().contains(near.doc),
                       .key = segment.key(near.doc),
                       .text = kWithoutWords * known * best * near.cosine,
                       .meaning = near.cosine,
                       .score = 0});
  }
  add_alike(sources);
  if (any && answer.note.empty())
    answer.note = "few have all words: showing what is close in meaning too";
  answer.sources.emplace_back("meaning");
}

/// What answers whole votes, or all when nothing does; the better the more.
void Finder::add_category(const Question& question, const Sources& sources, Answer& answer) const {
  constexpr std::size_t kVotes = 50;
  if (!sources.serving.understand) return;
  std::vector<CategoryVote> votes;
  std::uint8_t missing = 255;
  float best = 0;
  for (const Scored& scored : scored_) {
    missing = std::min(missing, scored.missing);
    best = std::max(best, scored.text);
  }
  for (const Scored& scored : scored_) {
    if (scored.missing > missing || votes.size() >= kVotes || best <= 0) continue;
    const float share = scored.text / best;
    votes.push_back({scored.part, scored.doc, share * share});
  }
  const QueryEntry* query = sources.known.behaviour.queries.find(key_of(normalized(question.text)));
  const std::size_t before = answer.intents.size();
  predict_category(votes, query, sources.corpus, answer.intents);
  if (answer.intents.size() > before) answer.intents.back().words = normalized(question.text);
}

/// "text" is what the words alone are worth; without any, all is by the meaning.
void Finder::explain_meaning(Hit& hit) {
  if (hit.meaning <= 0) {
    hit.factors.push_back({"text", hit.text});
    return;
  }
  if (hit.words > 0) hit.factors.push_back({"text", hit.words});
  hit.factors.push_back({"meaning", hit.words > 0 ? hit.text / hit.words : hit.text});
  if (hit.words > 0) return;
  hit.reason = "close in meaning to the query (cosine 0." +
               std::to_string(static_cast<int>(std::min(99.0F, hit.meaning * 100))) +
               "), without its words";
}

}  // namespace souk::search
