// What ranking knows of the question, before it is asked for products.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/serve/finder.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {

void Finder::prepare_ranker(const Question& question, const Sources& sources) {
  const BehaviourView& known = sources.known.behaviour;
  const auto person = [&](std::uint64_t key) {
    return question.personal && question.personal_share > 0 && key != 0 ? known.people.find(key)
                                                                        : nullptr;
  };
  RankingWeights weights = sources.serving.weights;
  weights.personal *= question.personal_share;
  const std::uint64_t query = question.text.empty() ? 0 : key_of(normalized(question.text));
  Ranker::Setup setup{.weights = weights,
                      .query = query != 0 ? known.queries.find(query) : nullptr,
                      .visit = person(question.visit),
                      .shopper = person(question.shopper),
                      .popularity = &sources.popularity,
                      .half_life_us = sources.half_life_us,
                      .now_us = question.now_us,
                      .opinion = question.personal ? question.opinion.get() : nullptr};
  const auto add = [&](std::uint64_t segment) {
    const QueryEntry* entry = known.segments.find(segment_key(query, segment));
    if (entry != nullptr) setup.segments.push_back(entry);
  };
  if (query != 0 && setup.shopper != nullptr) {
    for (const std::uint64_t segment : setup.shopper->segments)
      add(segment);
  }
  if (query != 0 && setup.opinion != nullptr && weights.segments > 0) {
    for (const std::uint64_t segment : setup.opinion->segments) {
      const bool listed = setup.shopper != nullptr &&
                          std::find(setup.shopper->segments.begin(), setup.shopper->segments.end(),
                                    segment) != setup.shopper->segments.end();
      if (!listed && segment != key_of(question.segment)) add(segment);
    }
  }
  const std::uint64_t named = question.personal ? key_of(question.segment) : 0;
  const bool again = setup.shopper != nullptr &&
                     std::find(setup.shopper->segments.begin(), setup.shopper->segments.end(),
                               named) != setup.shopper->segments.end();
  if (query != 0 && named != 0 && !again) add(named);
  ranker_.prepare(setup);
}

/// Multiplies wishes of what is ranked by the factors of what holds of it: of what was understood
/// and of boosts.
void Finder::weigh_wishes(const Question& question, const Sources& sources, const Answer& answer) {
  std::vector<std::vector<SegmentFilter>> intents(sources.corpus.parts.size());
  std::vector<std::pair<const Filter*, double>> boosts;
  for (const Intent& intent : answer.intents)
    boosts.emplace_back(&intent.when, std::pow(intent.factor, sources.serving.weights.intent));
  for (const BoostRule& boost : question.boosts)
    boosts.emplace_back(&boost.when, boost.factor);
  for (std::size_t part = 0; part < intents.size(); ++part) {
    for (const auto& [when, factor] : boosts) {
      intents[part].emplace_back(*when, columns(sources, part),
                                 static_cast<double>(question.now_us) / 1e6);
    }
  }
  thread_local std::vector<char> holds;  // of each that is ranked
  for (std::size_t i = 0; i < boosts.size() && !scored_.empty(); ++i) {
    holds.clear();
    std::size_t having = 0;
    for (const Scored& scored : scored_) {
      holds.push_back(intents[scored.part][i].holds(scored.doc) ? 1 : 0);
      having += holds.back() != 0 ? 1 : 0;
    }
    // A word means a value as far as what has the word has the value: of "desktop" few are
    // calculators of that form, of "samsung" nearly all are of that brand.
    const bool in_text = i < answer.intents.size() && answer.intents[i].in_text;
    const double share =
        in_text ? static_cast<double>(having) / static_cast<double>(scored_.size()) : 1;
    const double factor = 1 + (boosts[i].second - 1) * share;
    for (std::size_t number = 0; number < scored_.size(); ++number)
      scored_[number].wish *= holds[number] != 0 ? factor : 1;
  }
}

/// The best first; with `back`, what is sold out last.
void Finder::sort_ranked(bool back) {
  order_.clear();
  for (const Scored& scored : scored_)
    order_.push_back(&scored);
  std::sort(order_.begin(), order_.end(), [back](const Scored* a, const Scored* b) {
    const bool a_out = back && a->sold_out;
    const bool b_out = back && b->sold_out;
    return std::tie(a->missing, a_out, b->tier, a->place, b->score, a->key) <
           std::tie(b->missing, b_out, a->tier, b->place, a->score, b->key);
  });
  ordered_.clear();
  for (const Scored* scored : order_)
    ordered_.push_back(*scored);
  scored_.swap(ordered_);
}

/// Which other plugins had a part in the order, and which could not be asked.
void Finder::explain_opinion(const Question& question, Answer& answer) {
  const Opinion* opinion = question.opinion.get();
  if (opinion != nullptr && opinion->no_segmentation.empty())
    answer.sources.emplace_back("segmentation");
  if (opinion != nullptr && opinion->no_recommendations.empty())
    answer.sources.emplace_back("recommendations");
  if (!question.explain || question.shopper == 0 || !question.personal) return;
  const auto say = [&](const char* without, const std::string& why) {
    if (!why.empty()) answer.notes.push_back(why + ": ranked without " + without);
  };
  if (opinion == nullptr) {
    answer.notes.emplace_back("no plugin of segmentation or recommendations was asked");
    return;
  }
  say("segments and profile", opinion->no_segmentation);
  say("recommendations", opinion->no_recommendations);
}

RankBytes Finder::learned_row(const Segment& segment, DocId doc, double text,
                              float exactness) const {
  constexpr double kLeastText = 0.02;
  RankRow row = ranker_.features(segment.key(doc), segment.number(doc), segment.facts(doc));
  row[static_cast<std::size_t>(RankFeature::kText)] =
      static_cast<float>(std::log(std::max(kLeastText, text)));
  row[static_cast<std::size_t>(RankFeature::kExactness)] = exactness;
  return to_bytes(row);
}

}  // namespace souk::search
